import { errorText } from '../../system/error-text.ts'
import { fileNameOf, RUN_DIRECTORY, readNote, writeNote } from '../../system/files.ts'
import type { Process } from '../../system/proc/process-stat.ts'
import { processAt, processes } from '../../system/proc/processes.ts'
import { type Finished, isNotFound, type System, type Tool, waitFor } from '../../system/system.ts'
import { withDeviceProgress } from './device-progress.ts'
import type { MountContext } from './parameters.ts'

/*
 * mount(8) and e2fsck(8) may hang in the kernel, where no signal reaches them, and outlive a start that timed out. Nothing else
 * shows them until late in the mount, and both continue when the disk responds again, on a file system that another node may have
 * mounted by then. So their process is recorded while it runs, and the resource does not count as stopped as long as it lives.
 */

/** Runs a tool on the device, and keeps a note of its process as long as the process lives. */
export async function runTracked(context: MountContext, tool: Tool, args: readonly string[]): Promise<Finished> {
  const { system, deadline } = context
  let hasFinished = false
  const running = system.run(tool, args, { signal: deadline.signal }).finally(() => {
    hasFinished = true
  })
  const recording = recordProcess(context, tool, () => hasFinished)
  try {
    return await running
  } finally {
    await recording
    if (findOrphan(context) === undefined) await removeNote(context)
  }
}

/** The tool of an earlier start that is still working on the device. */
export function findOrphan({ system, instance }: Pick<MountContext, 'system' | 'instance'>): Process | undefined {
  const [pid = '', startTime] = (readNote(system, notePath(instance)) ?? '').split(' ')
  const process = pid === '' ? undefined : processAt(system, pid)
  return process?.startTime === startTime ? process : undefined
}

/** Kills it, and waits until it has exited: it may have completed its work by then. */
export async function killOrphan(context: MountContext): Promise<void> {
  const { system, deadline, log } = context
  const orphan = findOrphan(context)
  if (orphan === undefined) return
  log.info(`sending SIGKILL to ${orphan.name} (pid ${orphan.pid}) of an earlier start`)
  system.signal(orphan.pid, 'SIGKILL')
  const isGone = waitFor(system, () => (findOrphan(context) === undefined ? true : undefined), deadline.signal)
  await withDeviceProgress(context, `waiting for ${describeProcess(orphan)} to exit`, isGone)
  await removeNote(context)
}

export function describeProcess({ name, pid }: Process): string {
  return `${name} (pid ${pid}) of an earlier start, blocked in the kernel,`
}

const notePath = (instance: string) => `${RUN_DIRECTORY}/ext3-${fileNameOf(instance)}`

/** Looks for the tool among the children of this process until it is recorded or has finished. */
async function recordProcess(
  { system, instance, log }: MountContext,
  tool: Tool,
  hasFinished: () => boolean,
): Promise<void> {
  const self = processAt(system, 'self')
  for (let pause = 20; self !== undefined && !hasFinished(); pause = Math.min(pause * 2, 1000)) {
    await system.sleep(pause)
    const child = hasFinished() ? undefined : childOf(system, self, tool)
    if (child === undefined) continue
    try {
      await writeNote(system, notePath(instance), `${child.pid} ${child.startTime}`)
    } catch (error) {
      log.warn(`the process of ${tool.name} could not be recorded: ${errorText(error)}`)
    }
    return
  }
}

function childOf(system: System, { pid }: Process, { name }: Tool): Process | undefined {
  return processes(system).find(process => process.parent === pid && process.name === name)
}

async function removeNote({ system, instance, log }: MountContext): Promise<void> {
  try {
    await system.remove(notePath(instance))
  } catch (error) {
    if (!isNotFound(error)) log.warn(`${notePath(instance)} could not be removed: ${errorText(error)}`)
  }
}
