import { DeadlineReached } from '../../ocf/deadline.ts'
import { exists } from '../../system/files.ts'
import {
  type Container,
  containerOf,
  isSameTree,
  type OtherContainer,
  optionOf,
  otherContainers,
  treeAt,
} from '../../system/nspawn/containers.ts'
import { endText, isLoaded, type UnitState, unitOf, unitState } from '../../system/nspawn/unit.ts'
import { mountInfo } from '../../system/proc/mountinfo.ts'
import { exportMount, settingsCopy } from './leftovers.ts'
import type { ContainerContext } from './parameters.ts'

/** What this node shows of the container. */
export interface Seen {
  /** Its processes, in the unit of this agent or, if somebody else has started it, in another. */
  readonly container: Container | undefined
  /** The directory with which it was started, if that is not the one of the parameters. Not looked for by a recurring monitor. */
  readonly otherDirectory: string | undefined
  /**
   * What systemd does with the unit while it has no process: it is about to start it (again, after a reboot inside), or to end it;
   * unknown if it does not answer. Undefined when it does nothing.
   */
  readonly transition: 'starting' | 'ending' | 'unknown' | undefined
  /** How it ended, if its unit has failed. */
  readonly ended: string | undefined
  /** What is left of it on this node without any process. */
  readonly leftovers: readonly string[]
  /** A stop has killed all of its processes, and the kernel still keeps some, which wait for a disk. Only that stop knows. */
  readonly isDying: boolean
}

type Scene = Pick<ContainerContext, 'parameters' | 'system' | 'deadline' | 'isRecurring'>

/**
 * Reads control groups, /proc and /run; nothing of the tree, which may be on a disk that hangs. Starts a process only if the unit
 * exists without a process: to ask systemd why.
 */
export async function inspect(context: Scene): Promise<Seen> {
  const { parameters, system, isRecurring } = context
  const own = containerOf(system, parameters.machine)
  if (own !== undefined) return running(own, isRecurring ? undefined : otherDirectory(context, own))
  const byHand = containerByHand(context)
  return byHand === undefined ? withoutProcess(context) : running(byHand, undefined)
}

function running(container: Container, otherDirectory: string | undefined): Seen {
  return { container, otherDirectory, transition: undefined, ended: undefined, leftovers: [], isDying: false }
}

/**
 * The container that somebody has started from the tree without this agent. Its unit may not tell its name, and its tree is compared
 * without a look at the disk, so a tree behind a symbolic link is not recognized here; a start does recognize it.
 */
function containerByHand({ parameters, system }: Scene): OtherContainer | undefined {
  const { machine, directory } = parameters
  const others = otherContainers(system, unitOf(machine))
  if (others.length === 0) return undefined
  const tree = treeAt(mountInfo(system), directory)
  return others.find(other => (other.machine ?? machine) === machine && isSameTree(other.tree, tree))
}

async function withoutProcess(context: Scene): Promise<Seen> {
  const { parameters, system } = context
  const { machine } = parameters
  const state = await stateOfUnit(context)
  // a process may have appeared since
  const started = state === 'none' ? undefined : containerOf(system, machine)
  if (started !== undefined) return running(started, undefined)
  return {
    container: undefined,
    otherDirectory: undefined,
    transition: transitionOf(state),
    ended:
      typeof state === 'object' && state.active === 'failed' ? `${machine} has ended: ${endText(state)}` : undefined,
    leftovers: leftoversOf(context),
    isDying: false,
  }
}

const TRANSITIONS: Readonly<Record<UnitState['active'], Seen['transition']>> = {
  activating: 'starting',
  active: 'starting',
  deactivating: 'ending',
  other: 'ending',
  inactive: undefined,
  failed: undefined,
}

function transitionOf(state: UnitState | 'none' | 'unknown'): Seen['transition'] {
  if (state === 'none') return undefined
  return state === 'unknown' ? 'unknown' : TRANSITIONS[state.active]
}

async function stateOfUnit({ parameters, system, deadline }: Scene): Promise<UnitState | 'none' | 'unknown'> {
  const unit = unitOf(parameters.machine)
  if (!isLoaded(system, unit)) return 'none'
  try {
    const timeoutSeconds = Math.min(ANSWER_SECONDS, deadline.remainingSeconds() / 2)
    return await unitState(system, unit, { timeoutSeconds, signal: deadline.signal })
  } catch (error) {
    if (error instanceof DeadlineReached || !(error instanceof Error)) throw error
    return 'unknown'
  }
}

const ANSWER_SECONDS = 5

function leftoversOf({ parameters, system }: Scene): string[] {
  const { machine, settings } = parameters
  const unit = unitOf(machine)
  return [
    ...(isLoaded(system, unit) ? [`the unit ${unit}`] : []),
    ...(settings !== undefined && exists(system, settingsCopy(machine)) ? ['a copy of its settings'] : []),
    ...(exportMount(system, machine) === undefined ? [] : ['a mount of systemd-nspawn']),
  ]
}

/** By the arguments of systemd-nspawn, which this agent gives as they stand in the parameters. */
function otherDirectory({ parameters, system }: Scene, { supervisor }: Container): string | undefined {
  const directory = supervisor && optionOf(system, supervisor, '--directory')
  return directory === parameters.directory ? undefined : directory
}
