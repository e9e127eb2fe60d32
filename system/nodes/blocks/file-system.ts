import type { System } from '../../system.ts'
import { excerpt, parseAnswer } from '../answer.ts'
import { runOn } from '../ssh.ts'

/** A check of many TiB takes hours. */
const CHECK_SECONDS = 24 * 3600

/** The size of a block device of a node, in bytes. @throws ToolFailed */
export async function deviceBytes(system: System, node: string, device: string): Promise<number> {
  const finished = await runOn(system, node, ['blockdev', '--getsize64', device], { looks: true, timeoutSeconds: 30 })
  return parseAnswer(finished, text => {
    if (!/^\d{1,16}$/.test(text.trim())) throw new RangeError(`expected a size in bytes, got ${excerpt(text)}`)
    return Number(text)
  })
}

/**
 * Makes the file system on a device, which is not mounted, one of its own: with this label, a new UUID, and the size of its device. Checks it before,
 * as what files in use have left is removed, and afterwards.
 * @throws ToolFailed when it has errors that are not repaired without a question.
 */
export async function renewFileSystem(system: System, node: string, device: string, label: string): Promise<void> {
  // 1: what was left is removed (e2fsck(8), EXIT CODE)
  await runOn(system, node, ['e2fsck', '-f', '-p', device], { accepted: [0, 1], timeoutSeconds: CHECK_SECONDS })
  await runOn(system, node, ['tune2fs', '-U', 'random', '-L', label, device], { timeoutSeconds: CHECK_SECONDS })
  await runOn(system, node, ['resize2fs', device], { timeoutSeconds: CHECK_SECONDS })
  await runOn(system, node, ['e2fsck', '-f', '-n', device], { timeoutSeconds: CHECK_SECONDS })
}
