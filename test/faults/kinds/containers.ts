import { type Script, script } from '../../../system/nodes/script.ts'
import { type Fault, stopping } from '../fault.ts'
import { nameOf, on, wait } from '../lab.ts'

/* A container ends behind the cluster's back, which has to start it again. The mount below it notices nothing. */

const KILL_INIT = script`kill -KILL "$(head -n 1 "/sys/fs/cgroup/machine.slice/vhacs-nspawn-$1.service/payload/cgroup.procs")"`
const KILL_SUPERVISOR = script`kill -KILL "$(head -n 1 "/sys/fs/cgroup/machine.slice/vhacs-nspawn-$1.service/supervisor/cgroup.procs")"`
const TERMINATE = script`machinectl terminate "$1"`

function ends(name: string, text: Script): Fault {
  return {
    name,
    layer: 'object',
    inject: ({ layout, random }) => {
      if (layout.containers.length === 0) return undefined
      const { name: container, node } = random.oneOf(layout.containers)
      return stopping(container, `${container} on ${nameOf(node)}`, async () => {
        await on(node, text, container)
        await wait(20)
      })
    },
  }
}

export const containerFaults: readonly Fault[] = [
  ends('the init of a container is killed', KILL_INIT),
  ends('systemd-nspawn of a container is killed', KILL_SUPERVISOR),
  ends('a container is terminated by hand', TERMINATE),
]
