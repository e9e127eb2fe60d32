import { defineAgent } from '../../ocf/agent.ts'
import { failed } from '../../ocf/exit.ts'
import { stopped } from '../../ocf/state.ts'
import { checkParameters, parameters } from './parameters.ts'

/** One container of systemd-nspawn, whose root directory is on a mount of the cluster. */
export const nspawnContainer = defineAgent({
  name: 'nspawn-container',
  short: 'Runs a container of systemd-nspawn',
  long: `Boots an operating system's tree in a directory as a container of systemd-nspawn, in a unit of its own.`,
  parameters,
  timeouts: { start: 180, stop: 120, monitor: 40 },
  checkParameters,

  inspect: () => undefined,
  stateOf: () => stopped,
  start: async () => {
    throw failed('not written yet')
  },
  stop: async () => undefined,
})
