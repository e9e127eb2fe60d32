import { replaceFile } from '../../system/files.ts'
import type { Process } from '../../system/proc/process-stat.ts'
import { processAt, processes } from '../../system/proc/processes.ts'
import { type Finished, ifPresent, isNotFound, type System, type Tool, waitFor } from '../../system/system.ts'
import { withDeviceProgress } from './device-progress.ts'
import type { MountContext } from './parameters.ts'

/*
 * mount(8) and e2fsck(8) may hang in the kernel, where no signal reaches them, and be left behind by a start whose time is up.
 * Until late in the mount nothing else shows it, and both go on when the disk answers again: on a file system that another
 * node may have mounted by then. So their process is noted while it runs, and as long as it lives nothing is stopped.
 */

/** Runs a tool on the device, with a note of its process for as long as that lives. */
export async function runTracked(context: MountContext, tool: Tool, args: readonly string[]): Promise<Finished> {
  const { system, deadline } = context
  let hasEnded = false
  const running = system.run(tool, args, { signal: deadline.signal }).finally(() => {
    hasEnded = true
  })
  const noting = note(context, tool, () => hasEnded)
  try {
    return await running
  } finally {
    await noting
    if (findOrphan(context) === undefined) await forget(context)
  }
}

/** The tool of an earlier start, still at work on the device. */
export function findOrphan({ system, instance }: Pick<MountContext, 'system' | 'instance'>): Process | undefined {
  const [pid = '', startTime] = (ifPresent(() => system.read(noteOf(instance))) ?? '').trim().split(' ')
  const process = pid === '' ? undefined : processAt(system, pid)
  return process?.startTime === startTime ? process : undefined
}

/** Ends it, and waits until the kernel has let it go: what it has begun may be complete by then. */
export async function killOrphan(context: MountContext): Promise<void> {
  const { system, deadline, log } = context
  const left = findOrphan(context)
  if (left === undefined) return
  log.info(`sending SIGKILL to ${left.name} (pid ${left.pid}) of an earlier start`)
  system.signal(left.pid, 'SIGKILL')
  const isGone = waitFor(system, () => (findOrphan(context) === undefined ? true : undefined), deadline.signal)
  await withDeviceProgress(context, `waiting for the end of ${describeProcess(left)}`, isGone)
  await forget(context)
}

export function describeProcess({ name, pid }: Process): string {
  return `${name} (pid ${pid}) of an earlier start, which hangs in the kernel`
}

const noteOf = (instance: string) => `/run/vhacs/ext3-${instance.replace(/[^a-zA-Z0-9_.-]/g, '_')}`

/** Looks for the tool among the children of this process, until it is noted or has ended. */
async function note({ system, instance, log }: MountContext, tool: Tool, hasEnded: () => boolean): Promise<void> {
  const self = processAt(system, 'self')
  for (let pause = 20; self !== undefined && !hasEnded(); pause = Math.min(pause * 2, 1000)) {
    await system.sleep(pause)
    const child = hasEnded() ? undefined : childOf(system, self, tool)
    if (child === undefined) continue
    try {
      await system.makeDirectory('/run/vhacs', { parents: true })
      await replaceFile(system, noteOf(instance), `${child.pid} ${child.startTime}\n`)
    } catch (error) {
      log.warn(`${tool.name} could not be noted: ${error instanceof Error ? error.message : error}`)
    }
    return
  }
}

function childOf(system: System, { pid }: Process, { name }: Tool): Process | undefined {
  return processes(system).find(process => process.parent === pid && process.name === name)
}

async function forget({ system, instance, log }: MountContext): Promise<void> {
  try {
    await system.remove(noteOf(instance))
  } catch (error) {
    if (!isNotFound(error)) log.warn(`${noteOf(instance)}: ${error instanceof Error ? error.message : error}`)
  }
}
