import type { ClusterStatus } from '../../cloud/cluster-status.ts'
import type { Cluster } from '../../cloud/read-cib.ts'
import { adviceOn } from '../storage/select.ts'
import { daemonsThat, type Examination, slotNames } from './examination.ts'
import type { Finding } from './node-findings.ts'

/** What Pacemaker's properties and devices say of fencing. */
export interface Fencing {
  readonly isEnabled: boolean
  readonly hasDevice: boolean
  /** Ids of the devices that write to sbd's disk. */
  readonly sbdDevices: readonly string[]
}

/** What is wrong between the nodes, or with the cluster. */
export function clusterFindings(
  examinations: readonly Examination[],
  { cluster, status, fencing }: { cluster: Cluster; status: ClusterStatus; fencing: Fencing },
): Finding[] {
  return [
    ...quorumFindings(status),
    ...fencingFindings(fencing),
    ...roleFindings(cluster),
    ...differenceFindings(examinations),
    ...ringFindings(examinations),
    ...sbdFindings(examinations, fencing),
    ...cluster.incomplete.map(half => error(`${half.name} is not as vhacs made it: ${half.why}`, adviceOn(half))),
  ]
}

/** What the nodes must have in common, or must not. */
export function differenceFindings(examinations: readonly Examination[]): Finding[] {
  return [...clockFindings(examinations), ...versionFindings(examinations), ...initiatorFindings(examinations)]
}

function error(what: string, todo: string, node: string | null = null): Finding {
  return { severity: 'error', node, what, todo }
}

function quorumFindings({ hasQuorum, haStatus, failures }: ClusterStatus): Finding[] {
  const absent = [...haStatus].filter(([, state]) => ['offline', 'unclean', 'pending'].includes(state))
  return [
    ...(hasQuorum ? [] : [error('the cluster has no quorum: nothing is started', 'bring more nodes back')]),
    ...absent.map(([node, state]) => error(`it is ${state}`, 'systemctl start pacemaker there; see its journal', node)),
    ...failures.map(({ resource, node, action, reason }): Finding => {
      const todo = 'when the cause is gone: "vhacs storage --unfail"'
      return { severity: 'warning', node, what: `${action} of ${resource} failed: ${reason}`, todo }
    }),
  ]
}

/** Without fencing a node that hangs may go on writing while its peer takes over: that loses data. */
function fencingFindings({ isEnabled, hasDevice }: Fencing): Finding[] {
  const todo = 'configure a fencing device (IPMI, sbd) and set stonith-enabled=true'
  if (!isEnabled) return [error('fencing is off: a failover can lose data', todo)]
  return hasDevice ? [] : [error('there is no fencing device: after the loss of a node nothing is taken over', todo)]
}

function ringFindings(examinations: readonly Examination[]): Finding[] {
  const texts = new Set(examinations.flatMap(({ sections }) => sections.get('ring') ?? []))
  if (texts.size < 2) return []
  return [
    error('/etc/corosync/corosync.conf is not the same on all nodes', 'copy the right one to all; corosync-cfgtool -R'),
  ]
}

/** What is written to a disk must be read there. */
function sbdFindings(examinations: readonly Examination[], { sbdDevices }: Fencing): Finding[] {
  const [device] = sbdDevices
  if (device === undefined) return []
  return examinations.flatMap(examined => {
    const { node } = examined
    const todo = 'see /etc/default/sbd there; systemctl enable sbd, and start the cluster there anew'
    if (!daemonsThat(examined, 'active').includes('sbd'))
      return [error(`sbd does not run: ${device} cannot fence it`, todo, node)]
    return slotNames(examined).includes(node)
      ? []
      : [error(`it has no slot on sbd's disk: ${device} cannot fence it`, todo, node)]
  })
}

function roleFindings({ nodes }: Cluster): Finding[] {
  const count = (attribute: string) => nodes.filter(({ attributes }) => attributes[attribute] === 'true').length
  return [
    ...(count('vhacs-storage') >= 2
      ? []
      : [error('fewer than two nodes have the role storage', 'vhacs node --setrole storage NODES')]),
    ...(count('vhacs-vhost') >= 1 ? [] : [error('no node has the role vhost', 'vhacs node --setrole vhost NODES')]),
  ]
}

const CLOCKS_AGREE_SECONDS = 2

function clockFindings(examinations: readonly Examination[]): Finding[] {
  const earliest = Math.min(...examinations.map(found => found.clockLeadSeconds + found.clockDoubtSeconds))
  return examinations.flatMap(({ node, clockLeadSeconds, clockDoubtSeconds }) => {
    const lead = clockLeadSeconds - clockDoubtSeconds - earliest
    if (lead < CLOCKS_AGREE_SECONDS) return []
    const what = `its clock is at least ${lead.toFixed(0)} s ahead of another node's`
    return [{ severity: 'warning' as const, node, what, todo: 'install chrony or another time service on all nodes' }]
  })
}

/** What is called what, and whether it must be the same: between two versions of the others an upgrade goes on. */
const VERSIONS = [
  ['version', 'VHACS', 'error'],
  ['drbd', 'DRBD', 'error'],
  ['pacemaker', 'Pacemaker', 'warning'],
  ['corosync', 'corosync', 'warning'],
] as const

function versionFindings(examinations: readonly Examination[]): Finding[] {
  return VERSIONS.flatMap(([section, name, severity]): Finding[] => {
    const said = examinations.map(({ sections }) => sections.get(section) ?? '')
    const versions = new Set(said.filter(version => isJudgedHere(section, version)))
    if (versions.size < 2) return []
    const what = `the nodes have different versions of ${name}: ${[...versions].join(', ')}`
    return [{ severity, node: null, what, todo: `install the same ${name} on all` }]
  })
}

/** What is not there, and versions of DRBD that are not supported, are found on their nodes. */
function isJudgedHere(section: string, version: string): boolean {
  return version !== '' && (section !== 'drbd' || version.startsWith('8.4.'))
}

/** A target knows initiators by name: two with the same name would be taken for one. */
function initiatorFindings(examinations: readonly Examination[]): Finding[] {
  const byName = Map.groupBy(
    examinations,
    ({ sections }) => /InitiatorName\s*=\s*(\S+)/.exec(sections.get('initiator') ?? '')?.[1],
  )
  return [...byName].flatMap(([name, found]) => {
    if (name === undefined || found.length < 2) return []
    const nodes = found.map(({ node }) => node).join(', ')
    return [
      error(`${nodes} have the same initiator name ${name}`, 'give each its own, with iscsi-iname, and restart iscsid'),
    ]
  })
}
