import { script } from '../../../system/nodes/script.ts'
import { ending, type Fault } from '../fault.ts'
import { nameOf, tryCommandOn, tryOn, wait } from '../lab.ts'
import type { Placed } from '../layout.ts'

/* A node that has no more of something. Whether it outlives that is for its kernel and for Pacemaker to decide. */

/** The kernel kills what takes it, or what it finds instead. */
const TAKE_MEMORY = script`
for round in 1 2 3; do
    python3 -c '
taken = []
while True:
    taken.append(bytearray(1 << 20))
' || true
    sleep 3
done`

/** No process can be started, nor a thread: all numbers are taken, with one program that keeps it so. */
const TAKE_PROCESSES = script`
exec python3 -c '
import sys, time
path = "/proc/sys/kernel/pid_max"
with open(path) as file:
    before = file.read()
with open(path, "w") as file:
    file.write("301")
time.sleep(int(sys.argv[1]))
with open(path, "w") as file:
    file.write(before)
' "$1"`

const SIDES = {
  exporting: ({ exporter }: Placed) => exporter,
  mounting: ({ mounter }: Placed) => mounter,
} as const

export const shortageFaults: readonly Fault[] = Object.entries(SIDES).flatMap(([side, nodeOf]): Fault[] => [
  {
    name: `the ${side} node is out of memory, three times`,
    layer: 'node',
    inject: ({ storage }) =>
      ending([nodeOf(storage)], nameOf(nodeOf(storage)), async () => {
        await tryCommandOn(nodeOf(storage), TAKE_MEMORY)
        await wait(10)
      }),
  },
  {
    name: `the ${side} node can start no process for 20 s`,
    layer: 'node',
    inject: ({ storage }) =>
      ending([nodeOf(storage)], nameOf(nodeOf(storage)), async () => {
        await tryOn(nodeOf(storage), TAKE_PROCESSES, '20')
        await wait(10)
      }),
  },
])
