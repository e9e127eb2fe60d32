import type { Cloud } from '../../../../cloud/cloud.ts'
import { resourceIds } from '../../../../cloud/ids.ts'
import { type Action, changes, type Graph, inOrder, schedule } from './graph.ts'
import { type Model, type Place, type Role, withoutNode } from './model.ts'
import { cibOf } from './model-cib.ts'

/** One transition: the state before, what the scheduler decided, and the actions taken, in order. */
export interface Transition {
  readonly before: Model
  readonly graph: Graph
  readonly done: readonly Action[]
}

/** Runs the scheduler until it has nothing more to do; the actions in `failing` fail: `c0-target stop node1`. */
export function react(model: Model, failing: ReadonlySet<string> = new Set()): Reaction {
  const transitions: Transition[] = []
  let now = model
  // no event needs more than three
  while (transitions.length < 10) {
    const graph = schedule(cibOf(now))
    if (changes(graph).length === 0) return { transitions, model: now }
    const { model: next, done } = execute(now, graph, failing)
    transitions.push({ before: now, graph, done })
    now = next
  }
  throw new Error('the scheduler does not come to rest')
}

export interface Reaction {
  readonly transitions: readonly Transition[]
  readonly model: Model
}

/** The model after the transition, in one of the allowed orders; the first failing action ends it. */
function execute(model: Model, graph: Graph, failing: ReadonlySet<string>) {
  const order = inOrder(graph, ready => [...ready].sort(byText)[0])
  const done: Action[] = []
  let now = model
  for (const action of order.filter(({ operation }) => operation !== 'none')) {
    if (failing.has(textOf(action))) return { model: withFailure(now, action), done }
    now = after(now, action)
    done.push(action)
  }
  return { model: now, done }
}

/** `c0-target stop node1`, `fence node1`. */
export function textOf({ operation, resource, node }: Action): string {
  return [resource, operation, node].filter(part => part !== '').join(' ')
}

const collator = new Intl.Collator('en', { numeric: true })

/** Fencing first, then cloud by cloud: readable for people. */
function byText(one: Action, other: Action): number {
  const isFencing = Number(other.operation === 'fence') - Number(one.operation === 'fence')
  return isFencing || collator.compare(textOf(one), textOf(other))
}

function withFailure(model: Model, { resource, node, operation }: Action): Model {
  if (operation !== 'stop') throw new Error(`a failing ${operation} is not modelled`)
  const others = model.failures.filter(failure => failure.resource !== resource || failure.node !== node)
  return { ...model, failures: [...others, { resource, node, operation, exitCode: 1 }] }
}

function after(model: Model, action: Action): Model {
  const { operation, resource, node } = action
  if (operation === 'fence') return withoutNode(model, node)
  const running = new Map(model.running)
  change(running, action)
  if (operation === 'stop')
    return {
      ...model,
      running,
      failures: model.failures.filter(failure => failure.resource !== resource || failure.node !== node),
    }
  return { ...model, running, fencedFor: operation === 'promote' ? fencedFor(model, action) : model.fencedFor }
}

/** Applies an action to what runs. */
export function change(running: Map<Place, Role>, { operation, resource, node }: Action): void {
  const place: Place = `${resource}@${node}`
  const isDrbd = resource.endsWith(resourceIds('').drbd)
  if (operation === 'start') running.set(place, isDrbd ? 'Unpromoted' : 'Started')
  if (operation === 'promote') running.set(place, 'Promoted')
  if (operation === 'demote') running.set(place, 'Unpromoted')
  if (operation === 'stop') running.delete(place)
  if (operation === 'fence') for (const key of running.keys()) if (key.endsWith(`@${node}`)) running.delete(key)
}

/** A promotion while the peer is lost bans the peer's promotion until the resync. */
function fencedFor(model: Model, { resource, node }: Action): ReadonlyMap<string, string> {
  const cloud = model.clouds.find(({ name }) => resourceIds(name).drbd === resource)
  return cloud && isPeerLost(model, cloud, node) ? new Map([...model.fencedFor, [cloud.name, node]]) : model.fencedFor
}

function isPeerLost({ nodes }: Model, { storageNodes }: Cloud, node: string): boolean {
  return nodes.some(({ name, state }) => storageNodes.includes(name) && name !== node && state === 'down')
}
