import type { Cloud } from '../../../cloud/cloud.ts'
import { verificationAttribute } from '../../../cloud/node-attributes.ts'
import { type Verification, verificationText } from '../../../cloud/verification/record.ts'
import { setNodeAttribute } from '../../../system/pacemaker/cib/cib.ts'
import { isoTime } from '../../clouds/moves/constraint-end.ts'
import { messageOf, type Work } from '../../run/steps.ts'
import { roundedSize } from '../../terminal/sizes.ts'
import { awaitEnd } from './await-end.ts'
import { beginVerification } from './begin.ts'
import { copyDifferences } from './copy-differences.ts'

/**
 * Compares the two sides of a cloud, and records the result. What differs in the first verification is copied: a new cloud is declared
 * equal without copying anything, so what was never written may differ.
 * @throws RangeError for a cloud that cannot be verified, StepFailed when it was broken off, Error when the sides differ.
 */
export async function verifyCloud(work: Work, name: string): Promise<void> {
  const running = await beginVerification(work, name)
  if (work.isDryRun) return
  const { cloud, isFirst } = running
  const found = await awaitEnd(work, running)
  const at = isoTime(work.system.now())
  if (found.differentBytes === 0) {
    await recordVerification(work, cloud, { at, outcome: 'equal', ...found })
    work.print(`the two sides of ${name} are equal`)
    return
  }
  const size = roundedSize(found.differentBytes)
  if (isFirst) {
    work.print(`${size} of ${name} differ: it is the first verification, and what was never written may differ`)
    await copyDifferences(work, cloud)
    await recordVerification(work, cloud, { at, outcome: 'equalised', ...found })
    work.print(`the two sides of ${name} are equal now`)
    return
  }
  await recordVerification(work, cloud, { at, outcome: 'different', ...found })
  throw new Error(
    `${size} of ${name} differ between its sides: look for the cause (disks, memory, controllers, somebody who wrote to a volume); ` +
      `"vhacs storage --repair ${name}" then copies them from the side that is primary`,
  )
}

/** Failing to record does not change what was found. */
export async function recordVerification(
  { system, print }: Work,
  { name, storageNodes: [first] }: Cloud,
  result: Verification,
): Promise<void> {
  await setNodeAttribute(system, first, verificationAttribute(name), verificationText(result)).catch((error: unknown) =>
    print(`the result could not be recorded: ${messageOf(error)}`),
  )
}
