import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { child, descendants, type Element, parseXml } from '../../../../cloud/xml.ts'
import { FENCING_DEVICE } from '../cib.ts'
import { runTool } from '../pacemaker.ts'
import { remembered } from '../remembered.ts'
import { inDirectory } from '../tools.ts'

/** What the scheduler has decided: actions, and which must have ended before which begins. */
export interface Graph {
  readonly actions: readonly Action[]
}

export interface Action {
  readonly id: string
  readonly operation: Operation
  /** What an agent is called for, as `post-notify_demote`; undefined of what no agent does. */
  readonly call: string | undefined
  /** The primitive, without the number of a clone's instance; of fencing none. */
  readonly resource: string
  readonly node: string
  /** Of fencing: by how many seconds the priorities delay it; undefined where they have no say. */
  readonly delaySeconds: number | undefined
  /** Ids of the actions that must have ended. */
  readonly after: readonly string[]
}

/** `none`: it changes nothing, and is there for the order only (a group that has started, a monitor, a notification). */
export type Operation = 'start' | 'stop' | 'promote' | 'demote' | 'fence' | 'none'

/** Asks the scheduler; nothing is simulated. */
export const schedule = remembered(
  (cib: string): Graph =>
    inDirectory(directory => {
      const input = join(directory, 'cib.xml')
      const output = join(directory, 'graph.xml')
      writeFileSync(input, cib)
      runTool('crm_simulate', ['--xml-file', input, '--run', '--quiet', '--save-graph', output], {
        CIB_shadow_dir: directory,
      })
      const graph = parseXml(readFileSync(output, 'utf8'))
      return { actions: descendants(graph, 'synapse').flatMap(actionsOf) }
    }),
)

function actionsOf(synapse: Element): Action[] {
  const after = descendants(child(synapse, 'inputs'), 'trigger').flatMap(trigger =>
    trigger.children.map(({ attributes }) => attributes.id ?? ''),
  )
  return (child(synapse, 'action_set')?.children ?? []).map(({ name, attributes, children }) => {
    const resource = children.find(found => found.name === 'primitive')?.attributes.id ?? ''
    return {
      id: attributes.id ?? '',
      operation: resource === FENCING_DEVICE ? 'none' : operationOf(name, attributes.operation),
      call: name === 'rsc_op' && resource !== FENCING_DEVICE ? callOf(attributes) : undefined,
      resource: resource.replace(/:\d+$/, ''),
      node: attributes.on_node ?? '',
      delaySeconds: delayIn(children.find(found => found.name === 'attributes')),
      after,
    }
  })
}

function delayIn(parameters: Element | undefined): number | undefined {
  const text = parameters?.attributes.CRM_meta_priority_fencing_delay
  return text === undefined ? undefined : Number(text)
}

function operationOf(kind: string, operation: string | undefined): Operation {
  if (kind === 'crm_event' && operation === 'stonith') return 'fence'
  const isChange = operation === 'start' || operation === 'stop' || operation === 'promote' || operation === 'demote'
  return kind === 'rsc_op' && isChange ? operation : 'none'
}

/** A notification is named in its key: `c0-drbd_post_notify_demote_0`. */
function callOf({ operation, operation_key: key = '' }: Element['attributes']): string | undefined {
  const [, when, what] = /_(pre|post)_notify_([a-z]+)_0$/.exec(key) ?? []
  return when === undefined ? operation : `${when}-notify ${what}`
}

/** The actions that change something. */
export function changes({ actions }: Graph): Action[] {
  return actions.filter(({ operation }) => operation !== 'none')
}

/** Ids of the actions that must have ended before each begins. */
export function ancestors({ actions }: Graph): ReadonlyMap<string, ReadonlySet<string>> {
  const byId = new Map(actions.map(action => [action.id, action]))
  const known = new Map<string, ReadonlySet<string>>()
  const find = (id: string): ReadonlySet<string> => {
    const found = known.get(id)
    if (found) return found
    const before = byId.get(id)?.after ?? []
    const all = new Set(before.flatMap(parent => [parent, ...find(parent)]))
    known.set(id, all)
    return all
  }
  for (const { id } of actions) find(id)
  return known
}

/** The calls of agents that take place one after another before this action has ended, itself included: the longest such row. */
export function criticalPath({ actions }: Graph, last: Action): Action[] {
  const byId = new Map(actions.map(action => [action.id, action]))
  const known = new Map<string, Action[]>()
  const find = (action: Action): Action[] => {
    const found = known.get(action.id)
    if (found) return found
    const paths = action.after.flatMap(id => byId.get(id) ?? []).map(find)
    const longest = paths.reduce<Action[]>((best, path) => (path.length > best.length ? path : best), [])
    const isCall = action.call !== undefined || action.operation === 'fence'
    const path = isCall ? [...longest, action] : longest
    known.set(action.id, path)
    return path
  }
  return find(last)
}

/** All actions in an order that the graph allows; of those that may run, the one that `choose` takes is next. */
export function inOrder(graph: Graph, choose: (ready: readonly Action[]) => Action | undefined): Action[] {
  const waiting = new Set(graph.actions)
  const ids = new Set(graph.actions.map(({ id }) => id))
  const done = new Set<string>()
  const order: Action[] = []
  while (waiting.size > 0) {
    const ready = [...waiting].filter(({ after }) => after.every(id => done.has(id) || !ids.has(id)))
    const next = choose(ready)
    if (next === undefined) throw new Error('the transition graph has a circle')
    waiting.delete(next)
    done.add(next.id)
    order.push(next)
  }
  return order
}
