import { errorText } from '../../../system/error-text.ts'
import { readLine } from '../../../system/files.ts'
import { mountInfo } from '../../../system/proc/mountinfo.ts'
import type { Process } from '../../../system/proc/process-stat.ts'
import { ifAlive, processAt, threadsOf } from '../../../system/proc/processes.ts'
import type { System } from '../../../system/system.ts'
import type { MountContext } from '../parameters.ts'
import { unansweredConnections } from './unanswered-connections.ts'

/*
 * SIGKILL does not end a process that its tracer stops at exit (PTRACE_O_TRACEEXIT), that waits for the server of a file system in
 * user space (FUSE), or that is in a frozen control group of version 1. Any user can arrange the first two with processes that do
 * not use our file system themselves.
 */

/** Removes what prevents the exit of a process that was killed a while ago; `mayKill` decides which tracers may be terminated. */
export async function helpToExit(
  context: MountContext,
  process: Process,
  mayKill: (tracer: Process) => boolean,
): Promise<void> {
  const { system, log } = context
  const killed = `${process.name} (pid ${process.pid}) was killed, but`
  const threads = threadsOf(system, process.pid)
  for (const tracer of tracersOf(system, threads).filter(mayKill)) {
    log.info(`${killed} is traced: sending SIGKILL to ${tracer.name} (pid ${tracer.pid})`)
    system.signal(tracer.pid, 'SIGKILL')
  }
  for (const path of unansweredConnections(system, threads))
    await change(context, { path, text: '1', why: `${killed} waits for the server of a file system (FUSE)` })
  for (const path of frozenGroups(system, process.pid))
    await change(context, { path, text: 'THAWED', why: `${killed} is in a frozen control group` })
}

function tracersOf(system: System, threads: readonly string[]): Process[] {
  const numbers = threads.flatMap(thread => /^TracerPid:\t([1-9]\d*)/m.exec(statusOf(system, thread))?.[1] ?? [])
  // the tracer may be a thread; its process is terminated
  const pids = numbers.flatMap(number => /^Tgid:\t(\d+)/m.exec(statusOf(system, `/proc/${number}`))?.[1] ?? [])
  return [...new Set(pids)].flatMap(pid => processAt(system, pid) ?? [])
}

const statusOf = (system: System, home: string) => ifAlive(() => system.read(`${home}/status`)) ?? ''

/**
 * The files that thaw the control group of a process and the groups above it.
 * @see https://docs.kernel.org/admin-guide/cgroup-v1/freezer-subsystem.html
 */
function frozenGroups(system: System, pid: number): string[] {
  const text = ifAlive(() => system.read(`/proc/${pid}/cgroup`)) ?? ''
  const [, group = ''] = /^\d+:(?:[^:\n]*,)?freezer(?:,[^:\n]*)?:\/(.+)$/m.exec(text) ?? []
  const hierarchy = mountInfo(system).find(
    ({ fileSystem, superOptions }) => fileSystem === 'cgroup' && superOptions.includes('freezer'),
  )
  if (group === '' || hierarchy === undefined) return []
  const parts = group.split('/')
  return parts
    .map((_, index) => `${hierarchy.mountPoint}/${parts.slice(0, index + 1).join('/')}/freezer.state`)
    .filter(path => ['FROZEN', 'FREEZING'].includes(ifAlive(() => readLine(system, path)) ?? ''))
}

interface Change {
  readonly path: string
  readonly text: string
  readonly why: string
}

/** The process may have ended meanwhile, and its file with it. */
async function change({ system, log }: MountContext, { path, text, why }: Change): Promise<void> {
  log.info(`${why}: writing ${text} to ${path}`)
  try {
    await system.write(path, text)
  } catch (error) {
    log.warn(`${why}: ${errorText(error)}`)
  }
}
