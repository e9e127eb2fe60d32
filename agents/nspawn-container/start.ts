import { DeadlineReached } from '../../ocf/deadline.ts'
import { failed } from '../../ocf/exit.ts'
import { retry } from '../../ocf/retry.ts'
import { errorText } from '../../system/error-text.ts'
import { containerOf, otherContainers } from '../../system/nspawn/containers.ts'
import {
  endText,
  isLoaded,
  isRegistered,
  lastJournalLines,
  type UnitState,
  unitOf,
  unitState,
} from '../../system/nspawn/unit.ts'
import { Missing, type Tool, ToolFailed, waitFor } from '../../system/system.ts'
import { exportMount, removeRemains } from './leftovers.ts'
import type { ContainerContext } from './parameters.ts'
import { readSettings, requireNode, writeSettings } from './requirements.ts'
import { type RunnableTree, requireTree, requireUnused } from './tree.ts'
import { unitArguments } from './unit-arguments.ts'

const systemdRun: Tool = { name: 'systemd-run', package: 'systemd' }

/** How long a container of this name may take to end before a start gives its own reason. */
const PREDECESSOR_SECONDS = 20

const PAUSE_MILLISECONDS = 1000

/** Starts the container in a unit of its own, and waits until its init is ready. */
export async function startContainer(context: ContainerContext): Promise<void> {
  const { parameters, step } = context
  step(`looking at ${parameters.directory}`)
  requireNode(context)
  const tree = requireTree(context)
  requireUnused(context)
  const settings = await readSettings(context)
  await waitForPredecessor(context)
  await writeSettings(context, settings)
  // systemd-machined may forget a machine only after its unit has gone
  const retried = {
    step: (reason: string) => `starting ${parameters.machine} again: ${reason}`,
    pauseMilliseconds: 2000,
  }
  await retry(context, retried, async () => {
    await runUnit(context, tree)
    return waitUntilReady(context)
  })
}

/**
 * A start of what runs already: waits until it is ready, as the start that was killed would have done. One that is about to end is started
 * after that.
 */
export async function completeStart(context: ContainerContext): Promise<void> {
  const { parameters, system, deadline, step } = context
  const { machine } = parameters
  if (!isLoaded(system, unitOf(machine))) return
  const state = await currentState(context)
  if (state?.active === 'active') return
  if (state === undefined || state.active === 'activating') {
    const reason = await waitUntilReady(context)
    if (reason !== undefined) throw failed(reason)
    return
  }
  step(`waiting until ${machine} has ended`)
  await waitFor(system, () => (containerOf(system, machine) === undefined ? true : undefined), deadline.signal)
  await startContainer(context)
}

/**
 * Waits while a container of this name is ending, and removes what is left of one that was killed.
 * @throws OcfError when another one of this name is running.
 */
async function waitForPredecessor(context: ContainerContext): Promise<void> {
  const { parameters, system, deadline, step, log } = context
  const { machine } = parameters
  const unit = unitOf(machine)
  const end = system.now() + Math.min(PREDECESSOR_SECONDS, deadline.remainingSeconds() / 3) * 1000
  const other = () => otherContainers(system, unit).find(found => found.machine === machine)
  const remains = () => isRegistered(system, machine) || isLoaded(system, unit) || other() !== undefined
  while (remains() && system.now() < end) {
    step(`waiting until an earlier container ${machine} has ended`)
    await removeRemains(context)
    if (remains()) await system.sleep(PAUSE_MILLISECONDS / 2, deadline.signal)
  }
  if (exportMount(system, machine) !== undefined) await removeRemains(context)
  const foreign = other()
  if (foreign !== undefined)
    throw failed(
      `another container named ${machine} runs on this node, in ${foreign.unit}: run "machinectl terminate ${machine}"`,
    )
  if (isRegistered(system, machine))
    log.warn(`systemd-machined still has a machine ${machine}: run "machinectl status ${machine}" if it does not start`)
}

async function runUnit(context: ContainerContext, tree: RunnableTree): Promise<void> {
  const { parameters, system, deadline, step, log } = context
  const { machine } = parameters
  step(`starting ${machine}`)
  await removeRemains(context)
  const finished = await system.run(systemdRun, unitArguments(parameters, tree), { signal: deadline.signal })
  if (finished.status === 0) return
  const failure = new ToolFailed({ ...finished, command: systemdRun.name })
  // somebody else may have been faster
  if (containerOf(system, machine) === undefined && !isLoaded(system, unitOf(machine))) throw failure
  log.warn(`${machine} is being started, although ${failure.message}`)
}

/**
 * Waits until the init has told that it is ready, or runs if it does not tell. Returns a reason why another attempt may succeed.
 * @throws OcfError when the container has ended, with what systemd-nspawn has written about it.
 */
async function waitUntilReady(context: ContainerContext): Promise<string | undefined> {
  const { parameters, system, deadline, step } = context
  const { machine } = parameters
  for (;;) {
    const state = await currentState(context)
    if (state?.active === 'active') return undefined
    if (state !== undefined && state.active !== 'activating') {
      const written = await linesOf(context, state)
      const reason = `${machine} did not start: ${written || endText(state)}`
      if (/exists already|already exists/.test(written)) return reason
      throw failed(reason)
    }
    if (state !== undefined) step(`booting ${machine}${state.statusText === '' ? '' : `: ${state.statusText}`}`)
    await system.sleep(PAUSE_MILLISECONDS, deadline.signal)
  }
}

/** Undefined while systemd does not answer, which a busy one may not do in time. */
async function currentState({ parameters, system, deadline, step }: ContainerContext): Promise<UnitState | undefined> {
  try {
    return await unitState(system, unitOf(parameters.machine), { signal: deadline.signal })
  } catch (error) {
    if (error instanceof DeadlineReached || error instanceof Missing || !(error instanceof Error)) throw error
    step(`booting ${parameters.machine}: ${error.message}`)
    return undefined
  }
}

/** The reason is worth a try, not a failure of its own. */
async function linesOf({ system, deadline, log }: ContainerContext, state: UnitState): Promise<string> {
  try {
    return await lastJournalLines(system, state, { signal: deadline.signal })
  } catch (error) {
    if (error instanceof DeadlineReached || !(error instanceof Error)) throw error
    log.info(`the journal does not tell why: ${errorText(error)}`)
    return ''
  }
}
