import { resourceIds } from '../../../../cloud/ids.ts'
import { change, type Transition, textOf } from './execute.ts'
import { type Action, ancestors, changes } from './graph.ts'
import { LAYERS, type Layer, type Model, type Place, type Role } from './model.ts'

/*
 * The invariants of every transition, in every order that the graph allows: Pacemaker may run an action as soon as those before it
 * in the graph have ended. So each action is checked in the state after these alone.
 */

/** Possible violations in the transition, one sentence each. */
export function violations({ before, graph }: Transition): string[] {
  const all = changes(graph)
  const needed = ancestors(graph)
  return all.flatMap(action => {
    const earlier = needed.get(action.id) ?? new Set()
    const running = new Map(before.running)
    for (const done of inDependencyOrder(all, needed)) if (earlier.has(done.id)) change(running, done)
    const fault = faultOf(action, { running, all, before })
    return fault === undefined ? [] : [`${textOf(action)} ${fault}`]
  })
}

/** An action with fewer before it cannot be behind one with more. */
function inDependencyOrder(all: readonly Action[], needed: ReadonlyMap<string, ReadonlySet<string>>): Action[] {
  const depth = ({ id }: Action) => needed.get(id)?.size ?? 0
  return [...all].sort((one, other) => depth(one) - depth(other))
}

interface Situation {
  readonly running: ReadonlyMap<Place, Role>
  readonly all: readonly Action[]
  readonly before: Model
}

function faultOf(action: Action, context: Situation): string | undefined {
  const { before, running } = context
  if (action.operation === 'fence') return undefined
  const owner = ownerOf(before, action.resource)
  if (!owner) return 'does not belong to a cloud'
  const { cloud, layer } = owner
  const here = (other: Layer) => running.get(`${resourceIds(cloud)[other]}@${action.node}`)
  const rule = RULES[`${layer} ${action.operation}`]
  const elsewhere = action.operation === 'start' && layer !== 'lvm' && layer !== 'drbd' && runsOn(running, cloud, layer)
  if (elsewhere) return `still runs on ${elsewhere}`
  return rule?.({ here, cloud, ...context })
}

interface Rule extends Situation {
  readonly cloud: string
  readonly here: (layer: Layer) => Role | undefined
}

/** Why the action is wrong in that context. */
const RULES: Readonly<Record<string, (rule: Rule) => string | undefined>> = {
  'drbd start': ({ here }) => unless(here('lvm'), 'without its volume'),
  'drbd promote': ({ here, running, cloud }) =>
    unless(here('lvm') && here('drbd'), 'before it runs') ??
    when(runsOn(running, cloud, 'drbd', 'Promoted'), 'while it is promoted elsewhere'),
  'target start': ({ here }) => unless(here('drbd') === 'Promoted', 'where DRBD is not promoted'),
  'address start': ({ here }) => unless(here('target'), 'before the target'),
  'session start': rule => unless(isExported(rule), 'before the export'),
  'filesystem start': ({ here }) => unless(here('session'), 'before the session'),
  'session stop': ({ here }) => when(here('filesystem'), 'under the file system'),
  'address stop': rule => stillMounted(rule),
  'target stop': rule => when(rule.here('address'), 'before the address') ?? stillMounted(rule),
  'drbd demote': ({ here }) => when(here('target') ?? here('address'), 'under the export'),
  'drbd stop': ({ here }) => when(here('drbd') === 'Promoted', 'while it is promoted'),
  'lvm stop': ({ here }) => when(here('drbd'), 'under DRBD'),
}

const unless = (isRight: unknown, wrong: string) => (isRight ? undefined : wrong)
const when = (isWrong: unknown, wrong: string) => (isWrong ? wrong : undefined)

/** It runs, and no start of its parts is pending. */
function isExported({ cloud, running, all }: Rule): boolean {
  return (['target', 'address'] as const).every(layer => {
    const id = resourceIds(cloud)[layer]
    const starts = all.filter(({ operation, resource }) => operation === 'start' && resource === id)
    return runsOn(running, cloud, layer) && starts.every(({ node }) => running.has(`${id}@${node}`))
  })
}

/** A mount that stops in this transition must have stopped before, unless its node is fenced. */
function stillMounted({ cloud, running, all }: Rule): string | undefined {
  const { session, filesystem } = resourceIds(cloud)
  const isPending = ({ operation, resource, node }: Action) =>
    operation === 'stop' && (resource === session || resource === filesystem) && running.has(`${resource}@${node}`)
  return when(all.some(isPending), 'before the mount has stopped')
}

/** A node where the layer of the cloud runs, in that role when one is named. */
function runsOn(running: ReadonlyMap<Place, Role>, cloud: string, layer: Layer, role?: Role): string | undefined {
  const prefix = `${resourceIds(cloud)[layer]}@`
  const entry = [...running].find(([place, is]) => place.startsWith(prefix) && (role ?? is) === is)
  return entry?.[0].slice(prefix.length)
}

/** The cloud and layer of a primitive. */
export function ownerOf({ clouds }: Model, resource: string): { cloud: string; layer: Layer } | undefined {
  return clouds
    .flatMap(({ name }) => LAYERS.map(layer => ({ cloud: name, layer })))
    .find(({ cloud, layer }) => resourceIds(cloud)[layer] === resource)
}

/** Mounts that the transition stops although their node is online, they have not failed and their cloud is active. */
export function needlessUnmounts({ before, graph }: Transition): string[] {
  return changes(graph)
    .filter(({ operation, resource, node }) => {
      const owner = ownerOf(before, resource)
      const isMount = owner?.layer === 'session' || owner?.layer === 'filesystem'
      const isWanted = before.clouds.some(({ name, state }) => name === owner?.cloud && state === 'active')
      const vhost = before.nodes.find(({ name }) => name === node)
      const isHealthy = vhost?.state === 'online' && vhost.isVhost && !hasFailure(before, owner?.cloud, node)
      return isMount && operation === 'stop' && isWanted && isHealthy
    })
    .map(textOf)
}

function hasFailure({ failures }: Model, cloud: string | undefined, node: string): boolean {
  if (cloud === undefined) return false
  const { session, filesystem } = resourceIds(cloud)
  const isMount = (resource: string) => resource === session || resource === filesystem
  return failures.some(failure => failure.node === node && (isMount(failure.resource) || failure.operation === 'stop'))
}

/** Names of the clouds whose resources the transitions start, stop, promote or demote. */
export function changedClouds(transitions: readonly Transition[]): Set<string> {
  return new Set(
    transitions.flatMap(({ before, graph }) =>
      changes(graph).flatMap(({ resource }) => ownerOf(before, resource)?.cloud ?? []),
    ),
  )
}
