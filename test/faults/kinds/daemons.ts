import { script } from '../../../system/nodes/script.ts'
import { ending, type Fault, unnoticed } from '../fault.ts'
import { nameOf, on, tryOn, wait } from '../lab.ts'

/* Daemons that die: of the cluster, after which the node is fenced or goes on, and of the storage. */

/** Kills a daemon by its name. */
export const KILL = script`pkill -KILL -x "$1"`

/** Names as in /proc/PID/comm, which has 15 characters. */
const DAEMONS = {
  corosync: 'corosync',
  'the local executor of Pacemaker': 'pacemaker-execd',
  pacemakerd: 'pacemakerd',
  "Pacemaker's attribute daemon": 'pacemaker-attrd',
  sbd: 'sbd',
} as const

const STOP_MONITORS = script`
end=$((SECONDS + $1))
while [ $SECONDS -lt $end ]; do
    pkill -KILL -f '^/usr/lib/ocf/resource.d/vhacs/' || true
    sleep 0.3
done`

export const daemonFaults: readonly Fault[] = [
  ...Object.entries(DAEMONS).map(
    ([name, comm]): Fault => ({
      name: `${name} is killed on the exporting node`,
      layer: 'daemon',
      // whether the node outlives it is Pacemaker's to decide
      inject: ({ storage: { exporter } }) =>
        ending([exporter], nameOf(exporter), async () => {
          await tryOn(exporter, KILL, comm)
          await wait(30)
        }),
    }),
  ),
  {
    name: 'iscsid is killed on the mounting node',
    layer: 'daemon',
    inject: ({ storage: { mounter } }) =>
      unnoticed(nameOf(mounter), async () => {
        await on(mounter, KILL, 'iscsid')
        await wait(30)
      }),
  },
  {
    name: 'every agent that the exporting node starts within 15 s is killed',
    layer: 'agent',
    // a stop that is killed has failed, and Pacemaker fences the node for it
    inject: ({ storage: { exporter } }) =>
      ending([exporter], nameOf(exporter), async () => {
        await tryOn(exporter, STOP_MONITORS, '15')
      }),
  },
]
