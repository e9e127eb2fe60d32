import { readCib } from '../clouds/read-cib.ts'
import type { Call } from '../command/verb.ts'
import { timedWork } from '../command/work.ts'
import { runSteps } from '../run/steps.ts'
import { knownFailures, waitUntilReady } from './parts.ts'
import { selectVservers } from './select.ts'

/** vhacs vserver --prefers: `preferNodes` is that of their storages, whose mounts they follow. */
export async function preferNodesFor(call: Call, preferNodes: (call: Call) => Promise<void>): Promise<void> {
  const { system, operand = '' } = call
  const { cluster } = await readCib(system)
  const vservers = selectVservers(operand, cluster)
  const clouds = [...new Set(vservers.map(({ cloud }) => cloud))]
  const moved = cluster.vservers.complete.filter(({ cloud, state }) => clouds.includes(cloud) && state === 'active')
  const earlier = await knownFailures(system)
  await preferNodes({ ...call, operand: clouds.join(',') })
  const work = timedWork(call)
  const names = moved.map(({ name }) => name).join(', ')
  const standby = cluster.clouds.filter(({ state }) => state === 'standby').map(({ name }) => name)
  const expected = moved.filter(({ cloud }) => !standby.includes(cloud))
  if (expected.length === 0) return
  const run = () => waitUntilReady(system, expected, { earlier, interruption: work.interruption })
  await runSteps([{ name: `waiting until ${names} is ready`, waits: true, run }], work)
}
