import type { Cluster } from '../../../cloud/cib/read/cluster.ts'
import { readCib } from '../../clouds/read-cib.ts'
import { currentPlans, type NamedReplacement, replaceSide } from '../../clouds/replacement/jobs.ts'
import { planText } from '../../clouds/replacement/texts.ts'
import { selectClouds } from '../../clouds/select.ts'
import { confirm, requireAnswer } from '../../command/confirm.ts'
import { selectNamedNodes } from '../../command/select-nodes.ts'
import { type Call, textOf } from '../../command/verb.ts'
import { timedWork } from '../../command/work.ts'
import { interruptible } from '../../run/interruptible.ts'
import { inTurn } from '../../run/jobs.ts'

/** vhacs storage --replace */
export async function replaceStorages(call: Call): Promise<void> {
  const { system, value, options } = call
  requireAnswer(call, `replace sides of ${value} on ${textOf(options, 'from') ?? ''}`)
  const work = timedWork(call)
  const reading = interruptible(system, work.interruption)
  const wanted = await wantedIn(call)
  // fails before there is a lock
  const plans = await currentPlans(reading, wanted)
  const text = plans.map(planText).join('; ')
  await confirm(call, text)
  if (options.yes) work.print(`this will ${text}`)
  // one after the other: they would share the network, and the more storages without redundancy at a time, the worse
  await inTurn(wanted, work, one => replaceSide(work, one, plans))
}

/** @throws RangeError for names that the cluster does not have. */
async function wantedIn({ system, value, options }: Call): Promise<NamedReplacement[]> {
  const { cluster } = await readCib(system)
  const nodeNamed = (long: string, others: readonly { readonly name: string }[] = []) => {
    const text = textOf(options, long)
    if (text === undefined) return undefined
    const [node = '', ...more] = selectNamedNodes(text, [...cluster.nodes, ...others], cluster.otherNodes)
    if (more.length > 0) throw new RangeError(`--${long}: expected one node, got "${text}"`)
    return node
  }
  const from = nodeNamed('from', goneSides(cluster)) ?? ''
  const to = nodeNamed('to')
  const clouds = selectClouds(value, cluster)
  const concerned = value === 'ALL' ? clouds.filter(({ storageNodes }) => storageNodes.includes(from)) : clouds
  if (concerned.length === 0) throw new RangeError(`there are no storages with a side on ${from}`)
  return concerned.map(({ name }) => ({ name, from, to }))
}

/** Nodes that still have sides, and that other tools have removed from the cluster. */
function goneSides({ clouds, nodes }: Cluster): { readonly name: string }[] {
  const names = new Set(clouds.flatMap(({ storageNodes }) => storageNodes))
  const gone = [...names].filter(name => nodes.every(node => node.name !== name))
  return gone.map(name => ({ name }))
}
