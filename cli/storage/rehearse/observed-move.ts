import { diskPath } from '../../../cloud/devices.ts'
import { RUN_DIRECTORY } from '../../../system/files.ts'
import { type DiskFacts, diskFacts } from '../../../system/nodes/disk/disk-facts.ts'
import type { IoWatch } from '../../../system/nodes/disk/io-samples.ts'
import { type RunningWatch, type VhostDisk, watchIo } from '../../../system/nodes/disk/io-watch.ts'
import { mountOn } from '../../../system/nodes/storage-facts.ts'
import { type System, ToolFailed } from '../../../system/system.ts'
import { moveExport } from '../../clouds/moves/move.ts'
import type { Route } from '../../clouds/moves/route.ts'
import { interruptible } from '../../run/interruptible.ts'
import { messageOf, type Work } from '../../run/steps.ts'

/** The disk of a cloud on its vhost, as it was before. */
export interface Before {
  readonly device: string
  readonly facts: DiskFacts
}

/** How long a disk that nothing moves may take for two reads. */
const READ_SECONDS = 30

/** How long the initiator may take to log in again: it retries every few seconds. */
const RESUME_SECONDS = 120

/** Longer than a move and the resumption of I/O. */
const WATCH_SECONDS = 600

/**
 * What the mount and the disk of a cloud are before a move.
 * @throws RangeError when something is wrong with them already.
 */
export async function lookBefore(system: System, { cloud, vhost }: Route): Promise<Before> {
  try {
    const mounted = await mountOn(system, vhost, cloud.directory)
    if (mounted === undefined) throw new RangeError(`${vhost} has nothing mounted at ${cloud.directory}`)
    const { source: device } = mounted
    const disk = { node: vhost, link: diskPath(cloud), device }
    const facts = await diskFacts(system, disk, { directory: cloud.directory, timeoutSeconds: READ_SECONDS })
    const [fault] = faults(facts)
    if (fault !== undefined) throw new RangeError(fault)
    return { device, facts }
  } catch (error) {
    if (!(error instanceof ToolFailed || error instanceof RangeError)) throw error
    throw new RangeError(`${cloud.name} cannot be rehearsed: ${messageOf(error)} (nothing was changed)`, {
      cause: error,
    })
  }
}

/** A move of an export, as its client has seen it. */
export interface ObservedMove {
  readonly to: string
  /** Undefined if it could not be measured. */
  readonly watch: IoWatch | undefined
  /** What differs from before, or went wrong. */
  readonly problems: readonly string[]
}

/**
 * Moves the export of a cloud to the other side; meanwhile its I/O is watched, and afterwards its disk is compared with before. On the way
 * back, a watch that does not begin is no reason to stay.
 * @throws StepFailed if the export does not move.
 */
export async function observedMove(
  work: Work,
  route: Route,
  { before, isReturn }: { readonly before: Before; readonly isReturn: boolean },
): Promise<ObservedMove> {
  const { cloud, vhost, to } = route
  if (work.isDryRun) {
    await moveExport(work, route, { needsSync: true })
    return { to, watch: undefined, problems: [] }
  }
  const disk = { node: vhost, link: diskPath(cloud), device: before.device }
  const running = await startWatch(work.system, disk, cloud.name).catch((error: unknown) => {
    if (!isReturn) throw error
    return messageOf(error)
  })
  const stop = async () => (typeof running === 'string' ? running : running.stop().catch(messageOf))
  try {
    await moveExport(work, route, { needsSync: true })
  } catch (error) {
    await stop()
    throw error
  }
  work.print(`comparing the disk of ${cloud.name} on ${vhost}`)
  const reading = interruptible(work.system, work.interruption)
  const compared = diskFacts(reading, disk, { directory: cloud.directory, timeoutSeconds: RESUME_SECONDS })
  // what does not work with the export there may work again with the export where it was
  const differing = await compared.then(
    facts => [...faults(facts), ...differences(before.facts, facts)],
    (error: unknown) => [`its disk could not be examined: ${messageOf(error)}`],
  )
  const watch = await stop()
  if (typeof watch === 'string')
    return { to, watch: undefined, problems: [...differing, `the pause of its I/O could not be measured: ${watch}`] }
  const failed = watch.errors > 0 ? [`reads failed meanwhile (${watch.errors})`] : []
  return { to, watch, problems: [...differing, ...failed] }
}

async function startWatch(system: System, disk: VhostDisk, cloud: string): Promise<RunningWatch> {
  const flag = `${RUN_DIRECTORY}/rehearsal-${cloud}-${system.now()}`
  return watchIo(system, disk, { flag, limitSeconds: WATCH_SECONDS })
}

/** What is wrong with a disk, whatever it was before. */
function faults(facts: DiskFacts): string[] {
  const state = facts.get('state')
  const mount = facts.get('mount') ?? ''
  const unreadable = facts.get('unreadable')
  return [
    ...(state === 'LOGGED_IN' ? [] : [`its session is in the state ${state}`]),
    ...(/ rw(,|$)/.test(mount) ? [] : [`it is not mounted for writing (${mount})`]),
    ...(unreadable === undefined ? [] : [`it cannot be read (${unreadable})`]),
  ]
}

function differences(before: DiskFacts, now: DiskFacts): string[] {
  const names = new Set([...before.keys(), ...now.keys()])
  return [...names].flatMap(name => {
    const [was, is] = [before.get(name), now.get(name)]
    return was === is || name === 'state' ? [] : [`its ${name} was ${was ?? 'absent'}, and is ${is ?? 'absent'}`]
  })
}
