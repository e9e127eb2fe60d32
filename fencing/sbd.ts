import { nodeSlots, parseSlots, type Slot } from '../system/pacemaker/fencing/sbd.ts'
import { type Finished, runToSuccess, type System, type Tool, ToolFailed } from '../system/system.ts'

export const sbd: Tool = { name: 'sbd', package: 'sbd' }

/** A disk that hangs must not keep the fencer busy: Pacemaker allows a monitor 20 s by default. */
const LOOK_SECONDS = 15

/**
 * Writes a message to a node's slot on most of the disks, and waits until the node must have read it (msgwait). Pacemaker bounds the time.
 * @throws ToolFailed unless sbd vouches for it.
 */
export async function sendMessage(
  system: System,
  {
    node,
    disks,
    message,
  }: { readonly node: string; readonly disks: readonly string[]; readonly message: 'off' | 'reset' },
): Promise<void> {
  const devices = disks.flatMap(disk => ['-d', disk])
  await runToSuccess(system, sbd, [...devices, 'message', node, message])
}

/** Why the disks are not usable; undefined when most of them are, as sbd requires. */
export async function checkDisks(system: System, disks: readonly string[]): Promise<string | undefined> {
  const answers = await Promise.all(disks.map(disk => list(system, disk)))
  const unreadable = answers.filter(({ status }) => status !== 0)
  const [first] = unreadable
  return first !== undefined && 2 * unreadable.length >= disks.length ? new ToolFailed(first).message : undefined
}

/** The nodes that have a slot on a disk. @throws ToolFailed when no disk can be read. */
export async function slots(system: System, disks: readonly string[]): Promise<string[]> {
  const answers = await Promise.all(disks.map(disk => list(system, disk)))
  const readable = answers.filter(({ status }) => status === 0)
  const [first] = answers
  if (readable.length === 0 && first !== undefined) throw new ToolFailed(first)
  return [...new Set(readable.flatMap(({ stdout }) => nodeSlots(parseSlots(stdout)).map(({ name }) => name)))]
}

/** The slots of all disks that can be read. @throws ToolMissing, the signal's reason */
export async function readSlots(system: System, disks: readonly string[], signal: AbortSignal): Promise<Slot[]> {
  const answers = await Promise.all(disks.map(disk => list(system, disk, { signal })))
  return answers.flatMap(({ status, stdout }) => (status === 0 ? parseSlots(stdout) : []))
}

function list(system: System, disk: string, bound: { readonly signal?: AbortSignal } = {}): Promise<Finished> {
  return system.run(sbd, ['-d', disk, 'list'], { timeoutSeconds: LOOK_SECONDS, looks: true, ...bound })
}
