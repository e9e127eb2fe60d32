import { type ChangePlan, planChanges } from '../../cloud/change/plan.ts'
import { type Change, patchText, type Version } from '../../cloud/cib/patch.ts'
import type { CibSnapshot } from '../../cloud/cib/snapshot.ts'
import { verifiable } from '../../cloud/cib/verifiable.ts'
import type { Configuration } from '../../cloud/configuration.ts'
import {
  type Action,
  type Interruption,
  interruptions,
  newActions,
  parseActions,
  stoppedVservers,
} from '../../cloud/pacemaker/simulated-actions.ts'
import type { ResolvedCloud } from '../../cloud/resolve/resolve.ts'
import type { ResolvedVserver } from '../../cloud/resolve/vservers/resolve-vservers.ts'
import { child, type Element } from '../../cloud/xml.ts'
import { plannedActions, tryPatch } from '../../system/pacemaker/cib/cib.ts'
import type { System } from '../../system/system.ts'

/** The changes, and Pacemaker's reaction to them. */
export interface Review {
  readonly plan: ChangePlan
  readonly version: Version
  /** Without the actions that Pacemaker would run anyway. */
  readonly actions: readonly Action[]
  /** The running clouds that would be interrupted. */
  readonly interrupted: readonly Interruption[]
  /** The running vservers that would be stopped, if only to be started again. */
  readonly stoppedVservers: readonly string[]
}

export interface ReviewRequest {
  readonly snapshot: CibSnapshot
  readonly wanted: Configuration
  readonly clouds: readonly ResolvedCloud[]
  /** Undefined where no change concerns them. */
  readonly vservers?: readonly ResolvedVserver[] | undefined
  /** Directory for the copy that the change is tried on, if not the usual one. */
  readonly scratch: string | undefined
}

/**
 * Tries the change on a copy of the CIB, and simulates Pacemaker's reaction.
 * @throws ToolFailed when the result would not be valid, RangeError when the change is impossible.
 */
export async function review(system: System, request: ReviewRequest): Promise<Review> {
  const { snapshot, wanted, clouds, vservers, scratch } = request
  const { text, root, cluster } = snapshot
  const configuration = child(root, 'configuration')
  if (!configuration) throw new Error('the CIB has no configuration')
  const plan = planChanges(configuration, cluster, wanted, { clouds, vservers })
  const version = versionOf(root)
  const changes = changesOf(plan)
  if (changes.length === 0) return { plan, version, actions: [], interrupted: [], stoppedVservers: [] }
  const actions = await consequences(system, text, changes, scratch)
  return {
    plan,
    version,
    actions,
    interrupted: interruptions(
      cluster.clouds.map(({ name }) => name),
      actions,
    ),
    stoppedVservers: stoppedVservers(
      [...cluster.vservers.complete, ...cluster.vservers.incomplete].map(({ name }) => name),
      actions,
    ),
  }
}

/**
 * What Pacemaker would do because of changes of a CIB, and not anyway.
 * @throws ToolFailed when the result would not be valid.
 */
export async function consequences(
  system: System,
  text: string,
  changes: readonly Change[],
  scratch?: string,
): Promise<Action[]> {
  const patched = await tryPatch(system, {
    cib: text,
    patch: patchText(changes),
    verifiable,
    directory: scratch,
  })
  const [before, after] = await Promise.all([
    plannedActions(system, text, scratch),
    plannedActions(system, patched, scratch),
  ])
  return newActions(parseActions(before), parseActions(after))
}

/** All changes of a plan, the new clouds with what is on them. */
export function changesOf({ changes, creations, vservers }: ChangePlan): Change[] {
  return [...changes, ...creations, ...vservers.creations]
}

/** The names of what runs and would be interrupted. */
export function interruptedNames({
  interrupted,
  stoppedVservers: vservers,
}: Pick<Review, 'interrupted' | 'stoppedVservers'>) {
  return [...interrupted.map(({ cloud }) => cloud), ...vservers.map(name => `vserver ${name}`)]
}

function versionOf({ attributes }: Element): Version {
  const { admin_epoch = '0', epoch = '0', num_updates = '0' } = attributes
  return { admin_epoch, epoch, num_updates }
}
