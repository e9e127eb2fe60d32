import type { Cluster } from '../../../cloud/cib/read/cluster.ts'
import type { Cloud, Vserver } from '../../../cloud/cloud.ts'
import { rolesIn } from '../../../cloud/node-attributes.ts'
import type { ActiveResource } from '../../../cloud/pacemaker/active-resources.ts'
import type { Part } from '../../../cloud/readiness/part.ts'
import { type Examination, wordsIn } from '../examine/examination.ts'
import type { NodeFinding } from '../examine/finding.ts'
import { initiatorIn, initiatorNameFindings, settingFindings } from '../findings/setting-findings.ts'
import { softwareFindings } from '../findings/software-findings.ts'
import { aclFindings } from './facts/acl.ts'
import { containerFactsIn, containerFindings } from './facts/containers.ts'
import { directoryFindings } from './facts/directories.ts'
import { linkFindings, networkFindings } from './facts/network.ts'
import { portFindings } from './facts/port.ts'
import { recordFindings } from './facts/records.ts'
import { roomFindings } from './facts/room.ts'
import { targetFindings } from './facts/targets.ts'

/** A part of a cloud that is to start on a node. */
interface Starting {
  readonly cloud: Cloud
  readonly part: Part
  readonly active: readonly ActiveResource[]
  /** Those on the cloud that start with its mount. */
  readonly vservers: readonly Vserver[]
}

/**
 * What would make the start of a part of a cloud, or of its vservers, fail on a node that has answered READINESS_QUESTIONS: errors that
 * "vhacs cluster --check" reports, too.
 */
export function partFacts(examined: Examination, { cloud, part, active, vservers }: Starting): NodeFinding[] {
  const found = [
    ...softwareFindings(withToolsOfAgents(examined)),
    ...roomFindings(examined),
    ...(part === 'export'
      ? [...networkFindings(examined, cloud), ...targetFacts(examined, [cloud], active)]
      : [
          ...linkFindings(examined, cloud),
          ...initiatorFacts(examined, cloud),
          ...mountFacts(examined, [cloud], active),
          ...vserverFacts(examined, vservers),
        ]),
  ]
  return found.filter(({ severity }) => severity === 'error')
}

/** What the agents run; the other tools are for the command. */
const TOOLS_OF_AGENTS = ['lvcreate', 'drbdadm', 'iscsiadm', 'ip', 'crm_attribute']

function withToolsOfAgents(examined: Examination): Examination {
  const missing = wordsIn(examined, 'tools').filter(tool => TOOLS_OF_AGENTS.includes(tool))
  return { ...examined, sections: new Map([...examined.sections, ['tools', missing.join('\n')]]) }
}

/** The facts that "vhacs cluster --check" reports of nothing else. */
export function takeoverFacts(
  examined: Examination,
  { nodes, clouds }: Pick<Cluster, 'nodes' | 'clouds'>,
  active: readonly ActiveResource[],
): NodeFinding[] {
  const { attributes = {} } = nodes.find(({ name }) => name === examined.node) ?? {}
  const held = clouds.filter(({ storageNodes }) => storageNodes.includes(examined.node))
  const roles = rolesIn(attributes)
  return [
    ...(roles.length > 0 ? roomFindings(examined) : []),
    ...(roles.includes('vhost') ? mountFacts(examined, clouds, active) : []),
    ...(held.length > 0 ? exportFacts(examined, held, active) : []),
  ]
}

function exportFacts(
  examined: Examination,
  clouds: readonly Cloud[],
  active: readonly ActiveResource[],
): NodeFinding[] {
  // an interface that the settings name is reported with them
  const isReported = settingFindings(examined).length > 0
  const networks = isReported ? [] : clouds.flatMap(cloud => networkFindings(examined, cloud))
  // storages of one network have the same
  const different = new Map(networks.map(finding => [finding.todo, finding])).values()
  return [...different, ...targetFacts(examined, clouds, active)]
}

function targetFacts(
  examined: Examination,
  clouds: readonly Cloud[],
  active: readonly ActiveResource[],
): NodeFinding[] {
  return [...portFindings(examined, clouds), ...clouds.flatMap(cloud => targetFindings(examined, cloud, active))]
}

function mountFacts(examined: Examination, clouds: readonly Cloud[], active: readonly ActiveResource[]): NodeFinding[] {
  return [...directoryFindings(examined, clouds, active), ...recordFindings(examined)]
}

function vserverFacts(examined: Examination, vservers: readonly Vserver[]): NodeFinding[] {
  const facts = containerFactsIn(examined)
  return facts === undefined ? [] : containerFindings(facts, vservers)
}

function initiatorFacts(examined: Examination, cloud: Cloud): NodeFinding[] {
  return [...initiatorNameFindings(examined), ...aclFindings(initiatorIn(examined), [cloud], examined.node)]
}
