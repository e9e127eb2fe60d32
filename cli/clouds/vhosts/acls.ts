import { patchText } from '../../../cloud/cib/patch.ts'
import type { Cluster } from '../../../cloud/cib/read/cluster.ts'
import type { CibSnapshot } from '../../../cloud/cib/snapshot.ts'
import { type Configuration, type ConfiguredNode, OPEN, UNCHANGED } from '../../../cloud/configuration.ts'
import { recordedInitiator } from '../../../cloud/node-attributes.ts'
import type { ResolvedCloud } from '../../../cloud/resolve/resolve.ts'
import { initiatorNameOn } from '../../../system/nodes/node-facts.ts'
import { waitUntilIdle } from '../../../system/pacemaker/cib/cib.ts'
import type { System } from '../../../system/system.ts'
import type { Call, Options } from '../../command/verb.ts'
import { whyUnavailable } from '../../run/unavailable.ts'
import { applyPatch } from '../change-cib.ts'
import { refuseInterruption } from '../interruption.ts'
import { readCib } from '../read-cib.ts'
import { interruptedNames, type Review, review } from '../review.ts'
import { reviewLines } from '../review-text.ts'
import { refuseSharedInitiators } from './shared-initiators.ts'

/**
 * Adds these nodes to the ACLs of all storages, and records their initiator names in the CIB. That restarts the exports of
 * running storages, whose I/O is paused meanwhile.
 * @throws RangeError when the name of one is unknown, or a storage would be interrupted without --interrupt.
 */
export async function addToAcls(call: Call, names: readonly string[]): Promise<void> {
  const { system, terminal, options, isDryRun } = call
  // read again: another vhacs may have changed it before this one got the lock
  const snapshot = await readCib(system)
  const nodes = await Promise.all(names.map(name => vhostWithInitiator(system, name, snapshot.cluster)))
  const reviewed = await reviewAcls(system, snapshot, nodes)
  const { changes, changed } = reviewed.plan
  if (changes.length === 0) return
  if (changed.length > 0) for (const line of reviewLines(reviewed)) terminal.print(line)
  refuseAclInterruption(reviewed, options)
  await applyPatch(system, snapshot.text, patchText(changes))
  if (changed.length > 0 && !isDryRun) await waitUntilIdle(system)
}

/** What adding these nodes to the ACLs of all storages would do. @throws RangeError when two vhosts would have the same initiator name. */
export async function reviewAcls(
  system: System,
  snapshot: CibSnapshot,
  nodes: readonly ConfiguredNode[],
): Promise<Review> {
  const { cluster } = snapshot
  refuseSharedInitiators(cluster, nodes)
  const clouds = withInitiators(cluster, nodes)
  const wanted: Configuration = { ...UNCHANGED, nodes, clouds: clouds.map(cloud => cloud.wanted) }
  return review(system, { snapshot, wanted, clouds, scratch: undefined })
}

/** @throws RangeError that names the storages that it would interrupt, without --interrupt. */
export function refuseAclInterruption(reviewed: Parameters<typeof interruptedNames>[0], options: Options): void {
  refuseInterruption(interruptedNames(reviewed), options)
}

/** The node with its initiator name, from the node itself or as recorded. */
async function vhostWithInitiator(system: System, name: string, { nodes }: Cluster): Promise<ConfiguredNode> {
  try {
    return { name, roles: undefined, initiator: await initiatorNameOn(system, name) }
  } catch (error) {
    const why = whyUnavailable(error)
    const initiator = recordedInitiator(nodes.find(node => node.name === name)?.attributes ?? {})
    if (initiator !== undefined) return { name, roles: undefined, initiator }
    throw new RangeError(
      `the iSCSI initiator name of ${name} is unknown, so it cannot be added to the ACLs of the storages: ${why}; nothing was changed`,
      { cause: error },
    )
  }
}

/** All storages, with these initiators added after the existing ones. */
function withInitiators({ clouds }: Cluster, nodes: readonly ConfiguredNode[]): ResolvedCloud[] {
  return clouds.map(present => {
    const missing = nodes.flatMap(({ initiator }) =>
      initiator === undefined || present.initiators.includes(initiator) ? [] : [initiator],
    )
    const cloud = { ...present, initiators: [...present.initiators, ...missing] }
    const wanted = { ...OPEN, name: present.name, sizeBytes: undefined }
    return { wanted, present, cloud, isAdopted: false }
  })
}
