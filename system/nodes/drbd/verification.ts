import { DrbdConfigError, parseDrbdConfig } from '../../drbd/config/syntax.ts'
import { verifyAlgIn } from '../../drbd/config/verify-alg.ts'
import type { System } from '../../system.ts'
import { parseAnswer } from '../answer.ts'
import { runScriptOn, script } from '../script.ts'
import { runOn } from '../ssh.ts'
import { drbdadmOn } from './drbdadm.ts'

/*
 * The comparison of the two sides of a DRBD resource, block by block, while it is used. The kernel does it by itself: it goes on if the one
 * who started it is gone, and marks what differs. A lost connection ends it.
 */

/**
 * Starts it on a node, whose side asks the other one and compares (VerifyS). From the first block: without that, DRBD goes on where an
 * earlier one was stopped.
 * @see drbdsetup-8.4(8), "verify"
 */
export async function startVerification(system: System, node: string, resource: string): Promise<void> {
  await drbdadmOn(system, node, ['--', '--start=0', 'verify', resource])
}

/** Stops one that runs, on the node that compares; the two sides stay connected. */
export async function stopVerification(system: System, node: string, resource: string): Promise<void> {
  await drbdadmOn(system, node, ['--', '--stop=0', 'verify', resource])
}

/** What the kernel logs about verifications of a minor, $1, the newest last. Not the lines of what differs: there may be very many. */
export const VERIFICATION_LOG = script`
dmesg | grep -E "drbd$1( [^ ]+)?: (Starting Online Verify|Online Verify reached|Online verify +(done|found))" | tail -n 20
`

/** How a verification ended. */
export interface VerificationEnd {
  /** Whether all blocks were compared. */
  readonly isComplete: boolean
  readonly seconds: number
  /** How much differed when it ended; a connection since may have copied that. */
  readonly differentBytes: number
}

/** How the last verification of a minor ended that this node compared; undefined where its kernel's log does not show the end. */
export async function verificationEnd(
  system: System,
  node: string,
  minor: number,
): Promise<VerificationEnd | undefined> {
  const values = [String(minor)]
  const finished = await runScriptOn(system, node, { text: VERIFICATION_LOG, values, looks: true, timeoutSeconds: 30 })
  return parseVerificationLog(finished.stdout)
}

/**
 * The same in the text of the log. One that is stopped or loses the connection reaches a sector; the first of these is also "done".
 * @see Linux, drivers/block/drbd: drbd_resync_finished(), _drbd_set_state()
 */
export function parseVerificationLog(text: string): VerificationEnd | undefined {
  let end: VerificationEnd | undefined
  let isWhole = true
  for (const line of text.split('\n')) {
    const start = /Starting Online Verify from sector (\d{1,20})/.exec(line)?.[1]
    const seconds = /Online verify {1,2}done[^(]{0,80}\(total (\d{1,9}) sec;/.exec(line)?.[1]
    const [, blocks, kib] = /Online verify found (\d{1,12}) (\d{1,4})k blocks? out of sync/.exec(line) ?? []
    if (start !== undefined) {
      isWhole = Number(start) === 0
      end = undefined
    } else if (seconds !== undefined) end = { isComplete: isWhole, seconds: Number(seconds), differentBytes: 0 }
    else if (end && blocks !== undefined) end = { ...end, differentBytes: Number(blocks) * Number(kib) * 1024 }
    else if (/Online Verify reached sector/.test(line))
      end = { ...(end ?? { seconds: 0, differentBytes: 0 }), isComplete: false }
  }
  return end
}

/** Whether the kernel has a checksum, or a module for it. */
export const HAS_DIGEST = script`
awk -v digest="$1" '$1 == "name" && $3 == digest { found = 1 } END { exit !found }' /proc/crypto || modprobe --dry-run --quiet "crypto-$1"
`

/** Whether the kernel of a node can compute a checksum, such as `crc32c`. @throws ToolFailed */
export async function hasDigest(system: System, node: string, digest: string): Promise<boolean> {
  const options = { looks: true, timeoutSeconds: 30, accepted: [0, 1] } as const
  return (await runScriptOn(system, node, { text: HAS_DIGEST, values: [digest], ...options })).status === 0
}

/** The algorithm by which DRBD of a node, as the kernel has it, verifies a resource that is up; undefined if it cannot. @throws ToolFailed */
export async function appliedVerifyAlg(system: System, node: string, resource: string): Promise<string | undefined> {
  const options = { looks: true, isSecret: true, timeoutSeconds: 30 } as const
  const finished = await runOn(system, node, ['drbdsetup', 'show', resource], options)
  return parseAnswer(finished, text => {
    try {
      return parseDrbdConfig(text)
        .map(verifyAlgIn)
        .find(found => found !== undefined)
    } catch (error) {
      if (error instanceof DrbdConfigError) throw new RangeError(error.message, { cause: error })
      throw error
    }
  })
}
