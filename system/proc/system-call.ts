import type { System } from '../system.ts'
import { ifAlive } from './processes.ts'

/** The system call that a thread is in, by its number on x86-64, for which the executable is built. */
export interface SystemCall {
  readonly number: number
  /** As the registers have them: of a 32-bit argument only the lower half counts. */
  readonly args: readonly bigint[]
}

/**
 * Undefined while it runs, sleeps outside of a call, or has ended; `home` is its directory in /proc.
 * @see https://man7.org/linux/man-pages/man5/proc_pid_syscall.5.html
 */
export function systemCall(system: System, home: string): SystemCall | undefined {
  const text = ifAlive(() => system.read(`${home}/syscall`)) ?? ''
  const [, number, rest = ''] = /^(\d{1,4})((?: 0x[0-9a-f]{1,16}){6,8})$/.exec(text.trim()) ?? []
  return number === undefined
    ? undefined
    : { number: Number(number), args: rest.trim().split(' ').slice(0, 6).map(BigInt) }
}
