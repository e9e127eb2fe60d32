import { listNames, readLine } from '../files.ts'
import type { Process } from '../proc/process-stat.ts'
import { processAt } from '../proc/processes.ts'
import { hasCode, ifPresent, type System } from '../system.ts'

/** What the kernel reports of a control group. */
export interface CgroupEvents {
  /** Whether it or one below it has a process. */
  readonly isPopulated: boolean
  readonly isFrozen: boolean
}

/** Undefined when the control group does not exist. @see https://docs.kernel.org/admin-guide/cgroup-v2.html cgroup.events */
export function cgroupEvents(system: System, cgroup: string): CgroupEvents | undefined {
  const text = ifPresent(() => system.read(`${cgroup}/cgroup.events`))
  if (text === undefined) return undefined
  return { isPopulated: /^populated 1$/m.test(text), isFrozen: /^frozen 1$/m.test(text) }
}

/** The processes of a control group, without those of the ones below it. One for threads shows none: those of its processes are above it. */
export function processesIn(system: System, cgroup: string): Process[] {
  const pids = numbersIn(system, `${cgroup}/cgroup.procs`).split('\n')
  return pids.flatMap(pid => (/^[1-9]\d*$/.test(pid) ? (processAt(system, pid) ?? []) : []))
}

function numbersIn(system: System, path: string): string {
  try {
    return readLine(system, path) ?? ''
  } catch (error) {
    if (hasCode(error, 'EOPNOTSUPP')) return ''
    throw error
  }
}

/** The processes of a control group and of those below it. */
export function processesBelow(system: System, cgroup: string): Process[] {
  const below = listNames(system, cgroup).filter(
    name => readLine(system, `${cgroup}/${name}/cgroup.events`) !== undefined,
  )
  return [...processesIn(system, cgroup), ...below.flatMap(name => processesBelow(system, `${cgroup}/${name}`))]
}
