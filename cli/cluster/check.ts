import { nvpairs } from '../../cloud/cib-elements.ts'
import { type ClusterStatus, clusterStatus } from '../../cloud/cluster-status.ts'
import { readCib } from '../../cloud/read-cib.ts'
import { child, descendants, parseXml } from '../../cloud/xml.ts'
import { monitorCluster, queryCib } from '../../system/cluster.ts'
import { show } from '../state/show.ts'
import { painter } from '../table.ts'
import type { Call } from '../verbs.ts'
import { clusterFindings, type Fencing } from './cluster-findings.ts'
import { examineAll } from './examine-all.ts'
import { findingLines, nodeFindings } from './node-findings.ts'

/** vhacs cluster --check */
export async function checkCluster(call: Call): Promise<void> {
  const { system, terminal } = call
  const [cib, monitor] = await Promise.all([queryCib(system), monitorCluster(system)])
  const cluster = readCib(cib)
  const names = cluster.nodes.map(({ name }) => name).sort(byNumber)
  const { examinations, silent } = await examineAll(system, names)
  const status = clusterStatus(monitor)
  const between = clusterFindings(examinations, { cluster, status, fencing: fencingIn(cib) })
  const seen = { cluster, down: silent.flatMap(({ node }) => (node !== null && isDown(status, node) ? node : [])) }
  const findings = [...between, ...silent, ...examinations.flatMap(examined => nodeFindings(examined, seen))]
  show(call, { findings }, () =>
    findings.length === 0 ? ['nothing was found'] : findingLines(findings, painter(terminal)),
  )
  const errors = findings.filter(({ severity }) => severity === 'error').length
  if (errors > 0) throw new Error(`${errors} ${errors === 1 ? 'error' : 'errors'} found`)
}

function isDown({ haStatus }: ClusterStatus, node: string): boolean {
  return ['offline', 'unclean'].includes(haStatus.get(node) ?? 'offline')
}

/** node2 before node10. */
function byNumber(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true })
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
    sbdDevices: devices.flatMap(({ attributes: { id = '', type = '' } }) =>
      /^(external\/sbd|fence_sbd)$/.test(type) ? id : [],
    ),
  }
}
