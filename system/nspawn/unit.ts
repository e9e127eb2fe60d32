import { exists } from '../files.ts'
import { lastOutput, type RunOptions, type System, type Tool } from '../system.ts'
import { visibleText } from '../visible-text.ts'

export const systemctl: Tool = { name: 'systemctl', package: 'systemd' }
const journalctl: Tool = { name: 'journalctl', package: 'systemd' }

/** What runs a container; of the package systemd-container. */
export const NSPAWN = '/usr/bin/systemd-nspawn'

/** How the names of the units begin in which nspawn-container runs its containers. */
export const UNIT_PREFIX = 'vhacs-nspawn-'

/** The unit in which the agent runs the container of that name. */
export function unitOf(machine: string): string {
  return `${UNIT_PREFIX}${machine}.service`
}

/** The control group of a unit among those of all machines. */
export function cgroupOf(unit: string): string {
  return `/sys/fs/cgroup/machine.slice/${unit}`
}

/** Whether systemd knows a transient unit: one that runs, is about to run, or has failed. Reads /run/systemd; starts no process. */
export function isLoaded(system: System, unit: string): boolean {
  return exists(system, `/run/systemd/transient/${unit}`)
}

/** Whether systemd-machined has a machine of that name, which may be about to end. */
export function isRegistered(system: System, machine: string): boolean {
  return exists(system, `/run/systemd/machines/${machine}`)
}

/** A unit as systemd sees it; one whose start is queued counts as activating. @see org.freedesktop.systemd1(5) */
export interface UnitState {
  readonly active: 'active' | 'activating' | 'deactivating' | 'inactive' | 'failed' | 'other'
  /** Why it failed: `exit-code`, `signal`, `oom-kill`, … */
  readonly result: string
  /** The exit status of its main process, or the number of the signal that ended it. */
  readonly status: string
  /** What the container's own init says that it is doing; empty if nothing. */
  readonly statusText: string
  /** Of its last start; empty before the first. */
  readonly invocation: string
}

const PROPERTIES = ['ActiveState', 'Job', 'Result', 'ExecMainStatus', 'StatusText', 'InvocationID'] as const

/** Asks systemd, by its own socket, which needs no D-Bus. @throws Error without an answer. */
export async function unitState(system: System, unit: string, options: RunOptions): Promise<UnitState> {
  const args = ['show', '--property', PROPERTIES.join(','), '--', unit]
  const finished = await system.run(systemctl, args, { timeoutSeconds: ANSWER_SECONDS, ...options, looks: true })
  if (finished.status !== 0) throw new Error(`systemd does not answer about ${unit}: ${lastOutput(finished)}`)
  return parseUnitState(finished.stdout)
}

const ANSWER_SECONDS = 10

const ACTIVE_STATES = ['active', 'activating', 'deactivating', 'inactive', 'failed'] as const

/** The state in the output of `systemctl show`. @throws Error for anything else. */
export function parseUnitState(text: string): UnitState {
  const lines = text
    .split('\n')
    .map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const)
  const value = (name: (typeof PROPERTIES)[number]) => lines.find(([key]) => key === name)?.[1] ?? ''
  const active = value('ActiveState')
  if (active === '') throw new Error('systemd does not tell the state of the unit')
  const isQueued = /^[1-9]/.test(value('Job')) && (active === 'inactive' || active === 'failed')
  return {
    active: isQueued ? 'activating' : (ACTIVE_STATES.find(state => state === active) ?? 'other'),
    result: value('Result'),
    status: value('ExecMainStatus'),
    statusText: visibleText(value('StatusText')).slice(0, 100),
    invocation: value('InvocationID'),
  }
}

/** How the main process of a unit ended, such as `it exited with 1`. */
export function endText({ result, status }: UnitState): string {
  if (result === 'signal' || result === 'core-dump') return `a signal ended it (${status})`
  if (result === 'oom-kill') return 'the kernel ran out of memory and killed a process of it'
  return result === 'exit-code' || result === 'success' ? `it exited with ${status || 0}` : result
}

/** The last lines that a unit has written since its last start, joined into one; empty when the journal does not have them. */
export async function lastJournalLines(
  system: System,
  { invocation }: UnitState,
  options: RunOptions,
): Promise<string> {
  if (!/^[0-9a-f]{32}$/.test(invocation)) return ''
  const args = ['--quiet', '--no-pager', '--output', 'cat', '--lines', '3', `_SYSTEMD_INVOCATION_ID=${invocation}`]
  const { status, stdout } = await system.run(journalctl, args, {
    timeoutSeconds: ANSWER_SECONDS,
    ...options,
    looks: true,
  })
  const lines = status === 0 ? stdout.split('\n') : []
  return lines
    .map(line => visibleText(line.trim()))
    .filter(Boolean)
    .join('; ')
}
