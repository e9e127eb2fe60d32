import type { Cloud } from '../../../cloud/cloud.ts'
import { withSharedSecret } from '../../../cloud/compose/drbd/secret.ts'
import { joinedNames } from '../../../cloud/listed-names.ts'
import { drbdadmOn } from '../../../system/nodes/drbd/drbdadm.ts'
import type { System } from '../../../system/system.ts'
import { newSharedSecret } from '../../clouds/creation/shared-secret.ts'
import { poll } from '../../clouds/lifecycle.ts'
import { DOWN, isKnown, isReplicating, replicationOf } from '../../clouds/replication/replication.ts'
import type { Call } from '../../command/verb.ts'
import { allOf, type Step, type Work } from '../../run/steps.ts'
import { changeFiles, type FileChange, fileChange, replaceStep } from './resource-files.ts'

/** vhacs storage --setsecret */
export async function setSecrets(call: Call): Promise<void> {
  await changeFiles(call, { outcome: 'has a new shared secret', changeOf, stepsOf })
}

interface Change extends FileChange {
  readonly isUp: boolean
  readonly wasInSync: boolean
}

/** @throws RangeError for a storage whose files an operator has changed, Error for one that is up on only one side. */
async function changeOf(system: System, cloud: Cloud): Promise<Change> {
  const { name, storageNodes } = cloud
  const sides = await replicationOf(system, cloud)
  const down = sides.filter(side => !isKnown(side))
  const isPartlyUp = down.length > 0 && down.length < sides.length
  if (isPartlyUp || down.some(side => !isKnown(side) && side.problem !== DOWN)) {
    const all = storageNodes.length === 2 ? 'both' : 'all'
    const states = sides.map(side => `${side.node}: ${isKnown(side) ? side.connection : side.problem}`)
    throw new Error(
      `DRBD of ${name} must be up on ${all} nodes, or down on ${all} (${states.join('; ')}): start it, or put it in standby`,
    )
  }
  const secret = newSharedSecret()
  const change = await fileChange(system, cloud, {
    changed: text => withSharedSecret(text, secret),
    advice: `add "cram-hmac-alg sha256; shared-secret "…";" to its net section on both nodes, then run "drbdadm adjust ${name}" on both`,
  })
  return { ...change, isUp: down.length === 0, wasInSync: isReplicating(sides) }
}

/**
 * DRBD accepts a new secret for an existing connection, and requires it at the next one. So nothing is disconnected, and the two
 * sides need not change at the same moment.
 */
function stepsOf(work: Work, change: Change): Step[] {
  const { system, interruption } = work
  const { cloud, isUp, wasInSync } = change
  const { name, storageNodes } = cloud
  const adjust = () => allOf(storageNodes.map(node => drbdadmOn(system, node, ['adjust', name])))
  return [
    replaceStep(work, change, { writing: 'a new shared secret', ...(isUp && { afterUndo: adjust }) }),
    ...(isUp ? [{ name: `applying it to DRBD on ${joinedNames(storageNodes)}`, run: adjust }] : []),
    ...(isUp && wasInSync
      ? [
          {
            name: `checking that ${name} is in sync`,
            waits: true as const,
            run: () =>
              poll(system, { seconds: 30, interruption }, async () =>
                isReplicating(await replicationOf(system, cloud))
                  ? undefined
                  : `${name} is not in sync with the new secret`,
              ),
          },
        ]
      : []),
  ]
}
