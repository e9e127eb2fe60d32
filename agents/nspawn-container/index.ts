import { defineAgent } from '../../ocf/agent.ts'
import { invalidHere, OcfError } from '../../ocf/exit.ts'
import { deepMonitor } from './deep-monitor.ts'
import { inspect } from './inspect.ts'
import { checkParameters, parameters } from './parameters.ts'
import { readSettings, requireNode } from './requirements.ts'
import { completeStart, startContainer } from './start.ts'
import { stateOf } from './state.ts'
import { stopContainer } from './stop.ts'
import { requireTree } from './tree.ts'

/** One container of systemd-nspawn, whose tree is on a mount of the cluster. */
export const nspawnContainer = defineAgent({
  name: 'nspawn-container',
  short: 'Runs a container of systemd-nspawn',
  long: `Boots an operating system's tree in a directory as a container of systemd-nspawn, in a transient unit that Pacemaker
outlives at a node's shutdown. A start waits until the container's systemd has reached its default target; it refuses a tree without an
init, one on a file system of the node itself, and one that another container uses. A reboot inside is not a failure, a poweroff inside is
one. The monitor reads control groups and /proc, nothing of the tree, and starts no process. With OCF_CHECK_LEVEL 10 it asks the
container's systemd, and reports failed services as degraded.
A stop shuts the container down, terminates it after shutdown_timeout, and finally has the kernel kill all of its processes. It needs
neither D-Bus nor systemd-machined, succeeds while the disk of the tree hangs, and also stops a container that was started by hand from the
same tree.`,
  parameters,
  timeouts: { start: 180, stop: 120, monitor: 40 },
  checkParameters,

  inspect,
  stateOf,

  // by functions, so that a monitor does not evaluate their modules
  start: context => startContainer(context),
  completeStart: context => completeStart(context),
  stop: context => stopContainer(context),

  deepMonitor: { levels: [10], check: context => deepMonitor(context) },

  async validateHere(context) {
    requireNode(context)
    try {
      requireTree(context)
    } catch (error) {
      throw error instanceof OcfError ? invalidHere(error.message, { cause: error }) : error
    }
    await readSettings(context)
  },
})
