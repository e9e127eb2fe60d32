import { patchText } from '../../cloud/cib/patch.ts'
import type { Cluster } from '../../cloud/cib/read-cluster.ts'
import type { Configuration, ConfiguredNode } from '../../cloud/configuration.ts'
import { INITIATOR_ATTRIBUTE } from '../../cloud/node-attributes.ts'
import type { ResolvedCloud } from '../../cloud/resolve/resolve.ts'
import { initiatorNameOn } from '../../system/nodes/node-facts.ts'
import { applyPatch, waitUntilIdle } from '../../system/pacemaker/cib.ts'
import { Missing, type System, ToolFailed } from '../../system/system.ts'
import { readCib } from '../clouds/read-cib.ts'
import { OPEN } from '../clouds/resolve/new-clouds.ts'
import { review } from '../clouds/review.ts'
import { reviewLines } from '../clouds/review-text.ts'
import type { Call } from '../command/verb.ts'
import { messageOf } from '../run/steps.ts'

/**
 * Has all storages let these nodes log in, and the CIB know their initiator names. That restarts an export that runs: its I/O
 * waits meanwhile.
 * @throws RangeError when the name of one is not known, or a storage would be interrupted without --interrupt.
 */
export async function admitVhosts(call: Call, names: readonly string[]): Promise<void> {
  const { system, terminal, options, isDryRun } = call
  // again: another vhacs may have changed it before this one got the lock
  const snapshot = await readCib(system)
  const { cluster } = snapshot
  const nodes = await Promise.all(names.map(name => asVhost(system, name, cluster)))
  const clouds = admitting(cluster, nodes)
  const wanted: Configuration = { ...NOTHING, nodes, clouds: clouds.map(cloud => cloud.wanted) }
  const seen = await review(system, { snapshot, wanted, clouds, scratch: undefined })
  const { changes, changed } = seen.plan
  if (changes.length === 0) return
  if (changed.length > 0) for (const line of reviewLines(seen)) terminal.print(line)
  if (seen.interrupted.length > 0 && !options.interrupt) {
    const interrupted = seen.interrupted.map(({ cloud }) => cloud).join(', ')
    throw new RangeError(
      `this interrupts ${interrupted}: say --interrupt as well if that is what you want; nothing was changed`,
    )
  }
  await applyPatch(system, snapshot.text, patchText(changes))
  if (changed.length > 0 && !isDryRun) await waitUntilIdle(system)
}

const NOTHING = { cluster: undefined, networks: { serviceAddresses: undefined, replication: undefined } }

/** With its initiator name, as it says itself, or as it was when it was last asked. */
async function asVhost(system: System, name: string, { nodes }: Cluster): Promise<ConfiguredNode> {
  try {
    return { name, roles: undefined, initiator: await initiatorNameOn(system, name) }
  } catch (error) {
    if (!(error instanceof ToolFailed || error instanceof Missing)) throw error
    const initiator = nodes.find(node => node.name === name)?.attributes[INITIATOR_ATTRIBUTE]
    if (initiator !== undefined) return { name, roles: undefined, initiator }
    throw new RangeError(
      `the iSCSI initiator name of ${name} is not known, so no storage could let it in: ${messageOf(error)}; nothing was changed`,
      { cause: error },
    )
  }
}

/** All storages, with the initiators that they lack; the order of the others stays. */
function admitting({ clouds }: Cluster, nodes: readonly ConfiguredNode[]): ResolvedCloud[] {
  return clouds.map(present => {
    const missing = nodes.flatMap(({ initiator }) =>
      initiator === undefined || present.initiators.includes(initiator) ? [] : [initiator],
    )
    const cloud = { ...present, initiators: [...present.initiators, ...missing] }
    const wanted = { ...OPEN, name: present.name, sizeBytes: undefined }
    return { wanted, present, cloud, isAdopted: false }
  })
}
