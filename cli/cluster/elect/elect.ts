import { joinedNames } from '../../../cloud/listed-names.ts'
import { hostName } from '../../../system/host-name.ts'
import { fenceNode } from '../../../system/nodes/membership/change-pacemaker.ts'
import { COORDINATED, type ControllerState, controllerState, PENDING } from '../../../system/pacemaker/controller.ts'
import { poll } from '../../clouds/lifecycle.ts'
import type { Call } from '../../command/verb.ts'
import { timedWork } from '../../command/work.ts'
import { runSteps, type Step, type Work } from '../../run/steps.ts'
import { readSituation, type Situation } from './situation.ts'

/*
 * A controller that has been the coordinator and makes way for another one starts no timer: if that one is lost before it has made contact,
 * nothing ends the wait (decision 112).
 */

/** It must have been given more time than any wait of Pacemaker that ends by itself. */
const MARGIN_SECONDS = 10
const LEAST_SECONDS = 30
const PAUSE_SECONDS = 5
/** What an emulated node needs to start a controller, and to elect itself. */
const START_SECONDS = 120
/** A change of the CIB takes less than a second. */
const RECORD_SECONDS = 20

/** vhacs cluster --elect */
export async function electCoordinator(call: Call): Promise<void> {
  const { system, terminal, isDryRun } = call
  const { interruption } = terminal
  const state = await controllerState(system, hostName(system), interruption)
  if (state !== PENDING) return terminal.print(`nothing to do: ${stateText(hostName(system), state)}`)
  const situation = await readSituation(system, interruption)
  const work = timedWork(call)
  const later = isDryRun ? PENDING : await stateAfterWatch(work, situation)
  if (later !== PENDING) return terminal.print(`nothing to do: ${stateText(situation.here, later)}`)
  await runSteps([...fencing(work, situation), renewal(work, situation), election(work, situation)], work)
  if (!isDryRun) terminal.print('the cluster has a coordinator again')
}

function stateText(here: string, state: ControllerState): string {
  return `Pacemaker's controller on ${here} is in the state ${state}, and waits for no other node`
}

/**
 * The first other state, or PENDING if it stayed. Looks are counted, not seconds: while this node is short of processor time, or is paused as a virtual
 * machine, its controller does not get on either.
 */
async function stateAfterWatch({ system, print, interruption }: Work, { here, deadSeconds }: Situation) {
  const watched = Math.max(LEAST_SECONDS, deadSeconds + MARGIN_SECONDS)
  print(`Pacemaker on ${here} waits for a coordinator: watching for ${watched} s whether that ends by itself`)
  for (let looks = 0; looks * PAUSE_SECONDS < watched; looks += 1) {
    await system.sleep(PAUSE_SECONDS * 1000, interruption)
    const state = await controllerState(system, here, interruption)
    if (state !== PENDING) return state
  }
  return PENDING
}

/** For the record to be right before the first decision of the new coordinator: the old controller writes it. */
function fencing({ system, interruption }: Work, { here, unrecorded, fencingSeconds }: Situation): Step[] {
  const name = `having ${joinedNames(unrecorded)} fenced: the cluster has not recorded the loss`
  const run = async () => {
    for (const lost of unrecorded) {
      // again: the watch, or another fencing, took time, and a node that is back must not be reset
      const now = await readSituation(system, interruption)
      if (now.unrecorded.includes(lost)) await fenceNode(system, here, { lost, timeoutSeconds: fencingSeconds })
    }
  }
  const wait = () =>
    poll(system, { seconds: RECORD_SECONDS, interruption }, async () => {
      const { unrecorded: left } = await readSituation(system, interruption)
      return left.length === 0 ? undefined : `the cluster still takes ${joinedNames(left)} for present`
    })
  if (unrecorded.length === 0) return []
  return [
    { name, run },
    { name: 'waiting until the cluster has recorded it', waits: true, run: wait },
  ]
}

/** pacemakerd starts a new controller at once when the old one ends. The executor, which is another daemon, keeps what runs. */
function renewal({ system, interruption }: Work, { here, controller }: Situation): Step {
  return {
    name: `having Pacemaker start a new controller on ${here}`,
    run: async () => {
      const state = await controllerState(system, here, interruption)
      // the last question: a node that is back would see the controller end
      const now = await readSituation(system, interruption)
      const isSame = now.controller.pid === controller.pid && now.controller.startTime === controller.startTime
      if (state !== PENDING || !isSame)
        throw new RangeError(`the controller on ${here} has changed meanwhile: run the same command again`)
      system.signal(controller.pid, 'SIGKILL')
    },
  }
}

function election({ system, interruption }: Work, { here, deadSeconds }: Situation): Step {
  const bounds = { seconds: deadSeconds + START_SECONDS, interruption }
  return {
    name: 'waiting until it has elected a coordinator',
    waits: true,
    run: () =>
      poll(system, bounds, async () => {
        const state = await controllerState(system, here, interruption)
        if (COORDINATED.includes(state)) return undefined
        return `the controller on ${here} is in the state ${state}: see "journalctl --unit pacemaker"`
      }),
  }
}
