import type { Cluster } from '../../../cloud/cib/read-cluster.ts'
import type { ClusterStatus } from '../../../cloud/pacemaker/cluster-status.ts'
import { addressRangeText } from '../../../cloud/subnets.ts'
import { adviceOn } from '../../clouds/select.ts'
import type { Examination } from '../examine/examination.ts'
import { error, type Finding, warning } from '../examine/finding.ts'
import { clockFindings } from '../findings/clock-findings.ts'
import { initiatorIn, serviceAddressesIn } from '../findings/setting-findings.ts'
import { replicationDifferences } from './drift-findings.ts'

/** What is wrong between the nodes, or with the cluster. */
export function clusterFindings(
  examinations: readonly Examination[],
  { cluster, status }: { readonly cluster: Cluster; readonly status: ClusterStatus },
): Finding[] {
  return [
    ...nameFindings(cluster),
    ...quorumFindings(status),
    ...roleFindings(cluster),
    ...differenceFindings(examinations),
    ...ringFindings(examinations),
    ...replicationDifferences(examinations, cluster),
    ...cluster.incomplete.map(half =>
      error(`${half.name} differs from what vhacs created: ${half.why}`, adviceOn(half)),
    ),
  ]
}

/** What the nodes must have in common, or must not. */
export function differenceFindings(examinations: readonly Examination[]): Finding[] {
  return [
    ...clockFindings(examinations),
    ...versionFindings(examinations),
    ...initiatorFindings(examinations),
    ...addressFindings(examinations),
  ]
}

/** Of Debian's /etc/corosync/corosync.conf. */
const PACKAGED_NAME = 'debian'

function nameFindings({ name }: Cluster): Finding[] {
  if (name !== undefined && name !== PACKAGED_NAME) return []
  const what = name === undefined ? 'the cluster has no name' : `the cluster has the name of the package, ${name}`
  return [
    warning(
      `${what}: new storages have the IQN and the SCSI identity of those of the same name in other such clusters`,
      'set cluster_name in /etc/corosync/corosync.conf of all nodes, and restart corosync; storages that exist keep theirs',
    ),
  ]
}

function quorumFindings({ hasQuorum, haStatus, failures }: ClusterStatus): Finding[] {
  const absent = [...haStatus].filter(([, state]) => ['offline', 'unclean', 'pending'].includes(state))
  return [
    ...(hasQuorum ? [] : [error('the cluster has no quorum: nothing is started', 'bring more nodes back')]),
    ...absent.map(([node, state]) => error(`it is ${state}`, 'systemctl start pacemaker there; see its journal', node)),
    ...failures.map(({ resource, node, action, reason, isDegraded }): Finding => {
      if (isDegraded) {
        const todo =
          'see to what is missing ("vhacs storage --info" shows it); the next monitor that finds it whole clears this'
        return { severity: 'warning', node, what: `${resource} is degraded: ${reason}`, todo }
      }
      const todo = 'when the cause is gone: "vhacs storage --unfail"'
      return { severity: 'warning', node, what: `${action} of ${resource} failed: ${reason}`, todo }
    }),
  ]
}

function ringFindings(examinations: readonly Examination[]): Finding[] {
  const texts = new Set(examinations.flatMap(({ sections }) => sections.get('ring') ?? []))
  if (texts.size < 2) return []
  return [
    error('/etc/corosync/corosync.conf is not the same on all nodes', 'copy the right one to all; corosync-cfgtool -R'),
  ]
}

function roleFindings({ nodes }: Cluster): Finding[] {
  const count = (attribute: string) => nodes.filter(({ attributes }) => attributes[attribute] === 'true').length
  return [
    ...(count('vhacs-storage') >= 2
      ? []
      : [error('fewer than two nodes have the role storage', 'vhacs node --setrole storage NODES')]),
    ...(count('vhacs-vhost') >= 1 ? [] : [error('no node has the vhost role', 'vhacs node --setrole vhost NODES')]),
  ]
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
  const byName = Map.groupBy(examinations, initiatorIn)
  return [...byName].flatMap(([name, found]) => {
    if (name === undefined || found.length < 2) return []
    const nodes = found.map(({ node }) => node).join(', ')
    return [
      error(`${nodes} have the same initiator name ${name}`, 'give each its own, with iscsi-iname, and restart iscsid'),
    ]
  })
}

/** New storages get addresses out of what the first node says that says anything. */
function addressFindings(examinations: readonly Examination[]): Finding[] {
  const said = examinations.flatMap(examined => {
    const range = serviceAddressesIn(examined)
    return range === undefined || typeof range === 'string'
      ? []
      : [{ node: examined.node, text: addressRangeText(range) }]
  })
  if (new Set(said.map(({ text }) => text)).size < 2) return []
  const list = said.map(({ node, text }) => `${node} ${text}`).join(', ')
  return [warning(`the nodes have different SERVICE_ADDRESSES: ${list}`, 'make it the same in /etc/vhacs.conf of all')]
}
