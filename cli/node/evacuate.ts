import type { Cluster } from '../../cloud/cib/read/cluster.ts'
import type { CibSnapshot } from '../../cloud/cib/snapshot.ts'
import type { Cloud } from '../../cloud/cloud.ts'
import { ROLE_ATTRIBUTES, rolesIn, vhostsAmong } from '../../cloud/node-attributes.ts'
import { partPlaces } from '../../cloud/readiness/part.ts'
import { setNodeAttribute } from '../../system/pacemaker/cib/cib.ts'
import type { System } from '../../system/system.ts'
import { activeResources, waitUntilMounted } from '../clouds/lifecycle.ts'
import { readCib } from '../clouds/read-cib.ts'
import { currentPlans, type NamedReplacement, replaceSide } from '../clouds/replacement/jobs.ts'
import type { ReplacementPlan } from '../clouds/replacement/plan.ts'
import { evacuationTargets } from '../clouds/replacement/targets.ts'
import { planText } from '../clouds/replacement/texts.ts'
import { warnOfUsers } from '../clouds/users.ts'
import { confirm, requireAnswer } from '../command/confirm.ts'
import { selectNamedNodes } from '../command/select-nodes.ts'
import type { Call } from '../command/verb.ts'
import { timedWork } from '../command/work.ts'
import { interruptible } from '../run/interruptible.ts'
import { inTurn } from '../run/jobs.ts'
import { withClusterLock } from '../run/lock.ts'
import { runSteps, type Work } from '../run/steps.ts'

/** What leaves a node. */
interface Evacuation {
  readonly node: string
  readonly sides: readonly NamedReplacement[]
  readonly plans: readonly ReplacementPlan[]
  /** The clouds that it mounts. */
  readonly mounted: readonly Cloud[]
  /** Those of the cluster. */
  readonly vservers: Cluster['vservers']
  readonly text: string
}

/** vhacs node --evacuate */
export async function evacuateNode(call: Call): Promise<void> {
  const { terminal, value, options } = call
  requireAnswer(call, `move all storages away from ${value}`)
  const work = timedWork(call)
  const evacuation = await planEvacuation(interruptible(call.system, work.interruption), value)
  const { node, sides, plans, mounted, vservers, text } = evacuation
  await confirm(call, text)
  if (options.yes) work.print(`this will ${text}`)
  await warnOfUsers(work.system, terminal.print, { clouds: mounted, vservers, nodes: [node] })
  // first, so that it gets no new sides meanwhile
  await withClusterLock(work, () => removeRole(work, node, 'storage'))
  await inTurn(sides, work, one => replaceSide(work, one, plans))
  await withClusterLock(work, () => removeRole(work, node, 'vhost'))
  if (mounted.length > 0) await runSteps([awaitMounts(work, evacuation)], work)
  if (!work.isDryRun) work.print(`${node} has no storages any more, and gets no new ones`)
}

/** @throws RangeError that names all that cannot leave the node, and why. */
async function planEvacuation(system: System, value: string): Promise<Evacuation> {
  const snapshot = await readCib(system)
  const { cluster } = snapshot
  const [node = '', ...more] = selectNamedNodes(value, cluster.nodes, cluster.otherNodes)
  if (more.length > 0) throw new RangeError(`--evacuate: expected one node, got "${value}"`)
  const sides = await evacuationTargets(system, snapshot, node)
  const plans = await currentPlans(system, sides)
  const mounted = await mountedOn(system, snapshot, node)
  const moves = plans.map(planText)
  const mounts =
    mounted.length > 0 ? [`move the mounts of ${mounted.map(({ name }) => name).join(', ')} to other nodes`] : []
  const { vservers } = cluster
  return {
    node,
    sides,
    plans,
    mounted,
    vservers,
    text: [...moves, ...mounts, `remove the roles of ${node}`].join('; '),
  }
}

/** @throws RangeError when no other node may mount them. */
async function mountedOn(system: System, { cluster }: CibSnapshot, node: string): Promise<Cloud[]> {
  const active = await activeResources(system)
  const mounted = cluster.clouds.filter(cloud => partPlaces(cloud, active).mount === node)
  const isVhost = rolesIn(cluster.nodes.find(({ name }) => name === node)?.attributes ?? {}).includes('vhost')
  const others = vhostsAmong(cluster.nodes).filter(
    name => name !== node && cluster.nodes.some(other => other.name === name && other.isOnline === true),
  )
  if (mounted.length === 0 || !isVhost || others.length > 0) return mounted
  const names = mounted.map(({ name }) => name).join(', ')
  throw new RangeError(
    `no other node that is online may mount ${names}: "vhacs node --setrole vhost NODES" (nothing was changed)`,
  )
}

async function removeRole({ system, print }: Work, node: string, role: 'storage' | 'vhost'): Promise<void> {
  print(`removing the ${role} role of ${node}`)
  await setNodeAttribute(system, node, ROLE_ATTRIBUTES[role], undefined)
}

function awaitMounts({ system, interruption }: Work, { mounted }: Evacuation) {
  return {
    name: `waiting until ${mounted.map(({ name }) => name).join(', ')} are mounted on other nodes`,
    waits: true as const,
    run: () => waitUntilMounted(system, mounted, interruption),
  }
}
