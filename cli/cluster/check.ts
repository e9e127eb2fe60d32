import { nvpairs } from '../../cloud/cib-elements.ts'
import { clusterStatus } from '../../cloud/cluster-status.ts'
import { readCib } from '../../cloud/read-cib.ts'
import { child, descendants, parseXml } from '../../cloud/xml.ts'
import { monitorCluster, queryCib } from '../../system/cluster.ts'
import { ToolFailed } from '../../system/system.ts'
import { show } from '../state/show.ts'
import { messageOf } from '../steps.ts'
import { painter } from '../table.ts'
import type { Call } from '../verbs.ts'
import { clusterFindings, type Fencing } from './cluster-findings.ts'
import { type Examination, examine } from './examination.ts'
import { type Finding, findingLines, nodeFindings } from './node-findings.ts'

/** vhacs cluster --check */
export async function checkCluster(call: Call): Promise<void> {
  const { system, terminal } = call
  const [cib, monitor] = await Promise.all([queryCib(system), monitorCluster(system)])
  const cluster = readCib(cib)
  const silent: Finding[] = []
  const examinations: Examination[] = []
  await Promise.all(
    cluster.nodes.map(async ({ name }) => {
      try {
        examinations.push(await examine(system, name))
      } catch (error) {
        if (!(error instanceof ToolFailed)) throw error
        const todo = `see that "ssh root@${name} true" works from every node, by key and with a known host key`
        silent.push({ severity: 'error', node: name, what: `it does not answer: ${messageOf(error)}`, todo })
      }
    }),
  )
  examinations.sort((one, other) => one.node.localeCompare(other.node, 'en', { numeric: true }))
  const between = clusterFindings(examinations, { cluster, status: clusterStatus(monitor), fencing: fencingIn(cib) })
  const findings = [...between, ...silent, ...examinations.flatMap(examined => nodeFindings(examined, cluster))]
  show(call, { findings }, () =>
    findings.length === 0 ? ['nothing was found'] : findingLines(findings, painter(terminal)),
  )
  const errors = findings.filter(({ severity }) => severity === 'error').length
  if (errors > 0) throw new Error(`${errors} ${errors === 1 ? 'error' : 'errors'} found`)
}

function fencingIn(cib: string): Fencing {
  const configuration = child(parseXml(cib), 'configuration')
  const properties = descendants(child(configuration, 'crm_config'), 'nvpair')
  const property = (name: string) => properties.find(({ attributes }) => attributes.name === name)?.attributes.value
  const enabled = property('stonith-enabled')
  const devices = descendants(child(configuration, 'resources'), 'primitive').filter(
    device => device.attributes.class === 'stonith' && nvpairs(device, 'meta_attributes')['target-role'] !== 'Stopped',
  )
  // sbd has told Pacemaker that there is a watchdog, and Pacemaker may rely on it
  const byWatchdog = property('have-watchdog') === 'true' && !/^0*\D*$/.test(property('stonith-watchdog-timeout') ?? '')
  return {
    // on unless it is switched off
    isEnabled: enabled === undefined || /^(true|yes|on|y|1)$/i.test(enabled),
    hasDevice: devices.length > 0 || byWatchdog,
  }
}
