import { runToSuccess, type System, type Tool } from '../system.ts'

/** Reads a device in a process of its own, which can be abandoned when a disk hangs. */
export const dd: Tool = { name: 'dd', package: 'coreutils' }

/**
 * Reads that many blocks of 4096 bytes from the start of a device, past the page cache.
 * @throws ToolFailed with the message of dd.
 */
export async function readDevice(system: System, path: string, blocks: number, signal: AbortSignal): Promise<void> {
  const args = [`if=${path}`, 'of=/dev/null', 'bs=4096', `count=${blocks}`, 'iflag=direct', 'status=none']
  await runToSuccess(system, dd, args, { signal })
}
