/** A process as /proc/PID/stat describes it. */
export interface Process {
  readonly pid: number
  readonly name: string
  /** S sleeps, R runs, D hangs in the kernel, T was stopped by a signal, Z has ended. */
  readonly state: string
  /** With the pid, distinguishes it from a later process of the same number. In clock ticks after the boot of the node. */
  readonly startTime: string
  readonly parent: number
  /** Its process group. */
  readonly group: number
  /** How many threads it has. */
  readonly threads: number
}

/**
 * Undefined for a text that is not of that form, such as an empty one.
 * @see proc_pid_stat(5): the name is in parentheses and may contain any character
 */
export function parseProcessStat(text: string): Process | undefined {
  const [, pid, name, rest = ''] = /^(\d+) \((.*)\) (.*)$/s.exec(text) ?? []
  // the state after the name is the third field
  const [state, parent, group, ...further] = rest.split(' ')
  const [threads, startTime] = [further[14], further[16]]
  if (pid === undefined || name === undefined || !state || startTime === undefined) return undefined
  return {
    pid: Number(pid),
    name,
    state,
    startTime,
    parent: Number(parent),
    group: Number(group),
    threads: Number(threads),
  }
}
