import type { Cluster } from '../../../cloud/cib/read-cluster.ts'
import type { Cloud } from '../../../cloud/cloud.ts'
import { resourceIds } from '../../../cloud/ids.ts'
import { INITIATOR_ATTRIBUTE, VHOST_ATTRIBUTE } from '../../../cloud/node-attributes.ts'
import type { System } from '../../../system/system.ts'
import { fencesOn } from '../../clouds/fence-constraints.ts'
import { primitiveIds } from '../../clouds/lifecycle.ts'
import { isInSync, isKnown, isSplit, parseReplication, replicationOf } from '../../clouds/replication.ts'
import type { Examination } from '../examine/examination.ts'
import { error, type Finding, warning } from '../examine/finding.ts'
import { initiatorIn } from '../findings/setting-findings.ts'

/** What storages are seen by. */
export interface Seen {
  /** Its text. */
  readonly cib: string
  readonly cluster: Cluster
  /** Ids of what Pacemaker runs. */
  readonly active: ReadonlySet<string>
  readonly examinations: readonly Examination[]
}

/** What is wrong with storages that are to run. Asks the nodes of those whose replication does not look good. */
export async function cloudFindings(system: System, seen: Seen): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const cloud of seen.cluster.clouds.filter(({ state }) => state === 'active')) {
    findings.push(...runningFindings(cloud, seen), ...(await replicationFindings(system, cloud, seen)))
  }
  return [...findings, ...admissionFindings(seen)]
}

function runningFindings({ name, directory }: Cloud, { active }: Seen): Finding[] {
  const missing = primitiveIds(name).filter(id => !active.has(id))
  if (missing.length === 0) return []
  const state = active.has(resourceIds(name).filesystem) ? 'does not run as a whole' : `is not mounted at ${directory}`
  const todo = `"crm_mon -1rf" says why; when the cause is gone: vhacs storage --unfail ${name}`
  return [error(`${name} ${state}: ${missing.join(', ')} not running`, todo)]
}

/** Of a storage whose DRBD is down altogether, or of whose nodes one says nothing, that is told already. */
async function replicationFindings(
  system: System,
  cloud: Cloud,
  { active, cib, examinations }: Seen,
): Promise<Finding[]> {
  const { name, storageNodes } = cloud
  const both = storageNodes.flatMap(node => examinations.filter(examined => examined.node === node))
  if (both.length < 2 || !active.has(resourceIds(name).drbd)) return []
  const [fence] = fencesOn(name, cib)
  if (both.every(examined => looksGood(examined, cloud))) {
    if (fence === undefined) return []
    const what = `${name} can run on the data of ${fence.goodNode} alone: a constraint of DRBD's is left, ${fence.id}`
    return [error(what, `vhacs storage --unfail ${name}`)]
  }
  const sides = await replicationOf(system, cloud)
  if (isInSync(sides)) return []
  if (isSplit(sides)) {
    const what = `${name} has a split brain: ${storageNodes.join(' and ')} each hold what the other has not`
    return [error(what, `choose whose changes are to be lost: vhacs storage --unfail ${name} --discard NODE`)]
  }
  const states = sides.map(side =>
    isKnown(side)
      ? `${side.node} ${side.connection}, ${side.disk}${side.syncedPercent === null ? '' : ` ${side.syncedPercent}%`}`
      : `${side.node} ${side.problem}`,
  )
  const isUnderWay = sides.every(side => isKnown(side) && /^(PausedSync|Sync|Verify)/.test(side.connection))
  const what = `${name} is not in sync: ${states.join('; ')}`
  if (isUnderWay) return [warning(what, `wait until the resync has ended: vhacs storage --info ${name}`)]
  return [error(what, `see the replication network, and the journal of both nodes: vhacs storage --info ${name}`)]
}

function looksGood({ sections }: Examination, { minor }: Cloud): boolean {
  const side = parseReplication(sections.get('replication') ?? '', minor)
  return side?.connection === 'Connected' && side.disk === 'UpToDate' && side.peerDisk === 'UpToDate'
}

/** A vhost whose initiator name a storage does not know cannot log in, and Pacemaker does not know that. */
function admissionFindings({ cluster: { nodes, clouds }, examinations }: Seen): Finding[] {
  const vhosts = nodes.filter(({ attributes }) => attributes[VHOST_ATTRIBUTE] === 'true')
  return vhosts.flatMap(({ name: node, attributes }) => {
    const examined = examinations.find(candidate => candidate.node === node)
    const initiator = examined ? initiatorIn(examined) : attributes[INITIATOR_ATTRIBUTE]
    const refusing = clouds.filter(({ initiators }) => initiator !== undefined && !initiators.includes(initiator))
    if (refusing.length === 0) return []
    const names = refusing.map(({ name }) => name).join(', ')
    const what = `${names} would not let it in: ${initiator} is not among the initiators`
    return [error(what, `vhacs node --setrole vhost ${node} --interrupt: while exports restart, I/O waits`, node)]
  })
}
