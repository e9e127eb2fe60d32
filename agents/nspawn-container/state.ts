import {
  degraded,
  incomplete,
  interrupted,
  type State,
  started,
  stopped,
  stoppedWithLeftover,
} from '../../ocf/state.ts'
import type { Container } from '../../system/nspawn/containers.ts'
import { unitOf } from '../../system/nspawn/unit.ts'
import type { Seen } from './inspect.ts'
import type { ContainerContext } from './parameters.ts'

type StateParameters = Pick<ContainerContext['parameters'], 'machine' | 'directory'>

/** The state of the container. */
export function stateOf(seen: Seen, { machine, directory }: StateParameters): State {
  const { container, otherDirectory, isDying } = seen
  if (isDying) return stoppedWithLeftover('processes that the kernel has not released')
  // its unit has the name of the machine: what was started before the parameter was changed must stop before anything starts
  if (otherDirectory !== undefined)
    return incomplete(`${machine} runs from ${otherDirectory}, not from ${directory}: restart the resource`)
  if (container !== undefined) return runningState(container, machine)
  return stateWithoutProcess(seen, machine)
}

function runningState({ unit, supervisor, init, isFrozen }: Container, machine: string): State {
  if (supervisor === undefined)
    return incomplete(`systemd-nspawn of ${machine} has been killed, and processes of the container are left`)
  if (init === undefined) return interrupted(`${machine} has no init: it is being started, or ends`)
  if (isFrozen) return degraded('started', `${machine} is frozen: run "systemctl thaw ${unit}"`)
  if (unit === unitOf(machine)) return started
  return degraded('started', `${machine} was started by hand, in ${unit}: restart the resource`)
}

/** What passes counts as degraded after a while, as with an interruption by a failover. */
function stateWithoutProcess({ transition, leftovers, ended }: Seen, machine: string): State {
  if (transition === 'starting') return interrupted(`${machine} is being started again, as after a reboot inside`)
  if (transition === 'ending') return interrupted(`${machine} is ending`)
  if (transition === 'unknown')
    return incomplete(
      `systemd does not tell whether it is about to start ${machine}: check systemctl status ${unitOf(machine)}`,
    )
  if (leftovers.length === 0) return stopped
  return { is: 'stopped', leftover: leftovers.join(', '), ...(ended === undefined ? {} : { because: ended }) }
}
