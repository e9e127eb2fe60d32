import type { Cluster } from '../../../cloud/cib/read/cluster.ts'
import type { NodeRole } from '../../../cloud/configuration.ts'
import { vserverIds } from '../../../cloud/ids.ts'
import { rolesIn } from '../../../cloud/node-attributes.ts'
import type { ClusterStatus, Failure } from '../../../cloud/pacemaker/cluster-status.ts'
import { namesByState } from '../../../system/nodes/membership/corosync-state.ts'
import { adviceOn } from '../../clouds/select.ts'
import type { Examination } from '../examine/examination.ts'
import { error, type Finding, warning } from '../examine/finding.ts'
import { coordinatorFindings } from '../findings/coordinator-findings.ts'
import { differenceFindings } from '../findings/difference-findings.ts'
import { unfinishedMembership } from '../membership/unfinished.ts'
import { replicationDifferences } from './clouds/drift-findings.ts'
import { handlerFindings } from './clouds/handler-findings.ts'
import { secretFindings } from './clouds/secret-findings.ts'
import { majorityFindings } from './majority-findings.ts'

/** Findings about the cluster as a whole, and about differences between its nodes. */
export function clusterFindings(
  examinations: readonly Examination[],
  { cluster, status }: { readonly cluster: Cluster; readonly status: ClusterStatus },
): Finding[] {
  return [
    ...nameFindings(cluster),
    ...quorumFindings(status, examinations),
    ...coordinatorFindings(examinations, status),
    ...status.failures.map(failureFinding),
    ...roleFindings(cluster),
    ...differenceFindings(examinations),
    ...corosyncConfFindings(examinations),
    ...unfinishedMembership(examinations, cluster),
    ...replicationDifferences(examinations, cluster),
    ...cluster.faults.map(({ place, why, todo }) => error(`${place}: ${why}`, todo)),
    ...secretFindings(examinations, cluster),
    ...handlerFindings(examinations, cluster),
    ...majorityFindings(examinations, cluster),
    ...cluster.incomplete.map(half =>
      error(`${half.name} differs from what vhacs created: ${half.why}`, adviceOn(half)),
    ),
    ...incompleteVservers(cluster),
  ]
}

function incompleteVservers({ vservers: { incomplete, repairable } }: Cluster): Finding[] {
  return incomplete.map(({ name, why }) => {
    const isRepairable = repairable.some(vserver => vserver.name === name)
    const repair = 'name it, with its cloud, in a file for "vhacs compose --apply", which repairs it'
    const todo = isRepairable ? repair : 'correct it with "crm configure"'
    return error(`the vserver ${name} differs from what vhacs creates: ${why}`, todo)
  })
}

/** Of Debian's /etc/corosync/corosync.conf. */
const PACKAGED_NAME = 'debian'

function nameFindings({ name }: Cluster): Finding[] {
  if (name !== undefined && name !== PACKAGED_NAME) return []
  const what = name === undefined ? 'the cluster has no name' : `the cluster has the package's default name, ${name}`
  return [
    warning(
      `${what}: new storages have the same IQN and SCSI identity as storages of that name in other such clusters`,
      'set cluster_name in /etc/corosync/corosync.conf on all nodes and restart corosync; existing storages keep their identity',
    ),
  ]
}

function quorumFindings({ hasQuorum, haStatus }: ClusterStatus, examinations: readonly Examination[]): Finding[] {
  const absent = [...haStatus].filter(([, state]) => ['offline', 'unclean', 'pending'].includes(state))
  const answers = examinations.flatMap(({ sections }) => sections.get('members') || [])
  // a node where corosync was restarted since has not seen it either
  const isUnseen = (node: string) =>
    hasQuorum && answers.length > 0 && answers.every(cmap => unseenNodes(cmap).includes(node))
  const forGood = (node: string) =>
    hasQuorum
      ? `if the node is lost for good, remove it with "vhacs node --forget ${node}"`
      : 'if the node is lost for good, run "vhacs cluster --alone" on one that is left'
  return [
    ...(hasQuorum ? [] : [error('the cluster has no quorum: nothing is started', NO_QUORUM)]),
    ...absent.map(([node, state]) => {
      const what = isUnseen(node)
        ? `is ${state}, and the cluster has been running without it since its start`
        : `is ${state}`
      return error(what, `run "systemctl start pacemaker" there, and check its journal; ${forGood(node)}`, node)
    }),
  ]
}

const NO_QUORUM = 'start more nodes or, if they are lost for good, run "vhacs cluster --alone" on one that is left'

/** The nodes that corosync has not seen since it started, by its map. */
function unseenNodes(cmap: string): string[] {
  return namesByState(cmap, state => state === undefined)
}

function failureFinding({ resource, node, action, reason, isDegraded }: Failure): Finding {
  const noun = VSERVER_ENDINGS.some(ending => resource.endsWith(ending)) ? 'vserver' : 'storage'
  if (!isDegraded)
    return warning(
      `${action} of ${resource} failed: ${reason}`,
      `fix the cause, then run "vhacs ${noun} --unfail"`,
      node,
    )
  const todo = `restore what is missing ("vhacs ${noun} --info" shows it); the finding disappears a minute later`
  return warning(`${resource} is degraded: ${reason}`, todo, node)
}

const VSERVER_ENDINGS = Object.values(vserverIds(''))

function corosyncConfFindings(examinations: readonly Examination[]): Finding[] {
  const texts = new Set(examinations.flatMap(({ sections }) => sections.get('ring') ?? []))
  if (texts.size < 2) return []
  const todo =
    'if a --join, --part or --forget was broken off, run it again; otherwise copy the right one to all nodes, then run "corosync-cfgtool -R"'
  return [error('/etc/corosync/corosync.conf is not the same on all nodes', todo)]
}

function roleFindings({ nodes }: Cluster): Finding[] {
  const count = (role: NodeRole) => nodes.filter(({ attributes }) => rolesIn(attributes).includes(role)).length
  const hasStorage = count('storage') >= 2
  const hasVhost = count('vhost') >= 1
  return [
    ...(hasStorage ? [] : [error('fewer than two nodes have the storage role', 'vhacs node --setrole storage NODES')]),
    ...(hasVhost ? [] : [error('no node has the vhost role', 'vhacs node --setrole vhost NODES')]),
  ]
}
