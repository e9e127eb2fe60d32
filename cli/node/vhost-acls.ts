import { patchText } from '../../cloud/cib/patch.ts'
import type { Cluster } from '../../cloud/cib/read/cluster.ts'
import { type Configuration, type ConfiguredNode, OPEN } from '../../cloud/configuration.ts'
import { recordedInitiator } from '../../cloud/node-attributes.ts'
import type { ResolvedCloud } from '../../cloud/resolve/resolve.ts'
import { initiatorNameOn } from '../../system/nodes/node-facts.ts'
import { waitUntilIdle } from '../../system/pacemaker/cib/cib.ts'
import type { System } from '../../system/system.ts'
import { applyPatch } from '../clouds/change-cib.ts'
import { refuseInterruption } from '../clouds/interruption.ts'
import { readCib } from '../clouds/read-cib.ts'
import { review } from '../clouds/review.ts'
import { reviewLines } from '../clouds/review-text.ts'
import type { Call } from '../command/verb.ts'
import { whyUnavailable } from '../run/unavailable.ts'
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
  const { cluster } = snapshot
  const nodes = await Promise.all(names.map(name => vhostWithInitiator(system, name, cluster)))
  refuseSharedInitiators(cluster, nodes)
  const clouds = withInitiators(cluster, nodes)
  const wanted: Configuration = { ...NOTHING, nodes, clouds: clouds.map(cloud => cloud.wanted) }
  const reviewed = await review(system, { snapshot, wanted, clouds, scratch: undefined })
  const { changes, changed } = reviewed.plan
  if (changes.length === 0) return
  if (changed.length > 0) for (const line of reviewLines(reviewed)) terminal.print(line)
  refuseInterruption(
    reviewed.interrupted.map(({ cloud }) => cloud),
    options,
  )
  await applyPatch(system, snapshot.text, patchText(changes))
  if (changed.length > 0 && !isDryRun) await waitUntilIdle(system)
}

const NOTHING = { cluster: undefined, networks: { serviceAddresses: undefined, replication: undefined } }

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
