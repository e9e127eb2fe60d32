import type { CibSnapshot } from '../../../cloud/cib/snapshot.ts'
import { type ActiveResource, parseActiveResources } from '../../../cloud/pacemaker/active-resources.ts'
import { type ClusterStatus, parseClusterStatus } from '../../../cloud/pacemaker/cluster-status.ts'
import { COROSYNC_CONF, parseCorosyncConf } from '../../../system/corosync/conf/corosync-conf.ts'
import { hostName } from '../../../system/host-name.ts'
import { textOn } from '../../../system/nodes/files/text.ts'
import { script } from '../../../system/nodes/script.ts'
import { monitorCluster } from '../../../system/pacemaker/cib/cib.ts'
import type { System } from '../../../system/system.ts'
import { readCib } from '../../clouds/read-cib.ts'
import { expandAmong } from '../../command/name-ranges.ts'
import type { Examination } from '../examine/examination.ts'
import { examineAll } from '../examine/examine-all.ts'
import { type Fencing, fencingIn } from '../examine/fencing/fencing.ts'
import type { Finding } from '../examine/finding.ts'
import { FENCING_STATE, LATER, OPENING, SLOT_TIMES } from '../examine/questions.ts'

/** A node that is to leave the running cluster. */
export interface Leaving {
  /** This node, which stays. */
  readonly here: string
  readonly name: string
  /** The nodes that stay, this one first. */
  readonly others: readonly string[]
  readonly snapshot: CibSnapshot
  readonly status: ClusterStatus
  readonly active: readonly ActiveResource[]
  readonly fencing: Fencing
  /** The corosync.conf of each reachable node that stays. */
  readonly confs: readonly string[]
  readonly examinations: readonly Examination[]
  readonly unreachable: readonly Finding[]
}

const EXAMINATION = script`${OPENING}${FENCING_STATE}${SLOT_TIMES}
section ring; cat ${COROSYNC_CONF}
section resources; ls /etc/drbd.d
${LATER}`

/** @throws Missing when this node is not in a running cluster, RangeError for what is no single node. */
export async function readLeaving(system: System, value: string): Promise<Leaving> {
  const here = hostName(system)
  const [snapshot, monitor, own] = await Promise.all([
    readCib(system),
    monitorCluster(system),
    textOn(system, here, COROSYNC_CONF),
  ])
  const listed = snapshot.cluster.nodes.map(node => node.name)
  const known = [...new Set([...listed, ...parseCorosyncConf(own ?? '').nodes.map(node => node.name)])]
  const [name = '', ...more] = expandAmong(value, known)
  if (more.length > 0) throw new RangeError(`one node leaves at a time: name one, not ${value}`)
  const others = [here, ...listed.filter(other => other !== name && other !== here)]
  const { examinations, unreachable } = await examineAll(system, { text: EXAMINATION, names: [...others, name] })
  const reachable = others.filter(other => examinations.some(({ node }) => node === other))
  const confs = await Promise.all(reachable.map(async other => (await textOn(system, other, COROSYNC_CONF)) ?? ''))
  return {
    ...{ here, name, others, snapshot, confs, examinations, unreachable },
    status: parseClusterStatus(monitor),
    active: parseActiveResources(monitor),
    fencing: fencingIn(snapshot.root),
  }
}
