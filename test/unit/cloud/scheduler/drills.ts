import { resourceIds } from '../../../../cloud/ids.ts'
import { react, type Transition, textOf } from './execute.ts'
import { changedClouds } from './invariants.ts'
import { comeBack, failMonitor, type Layer, lose, type Model, nodeOf, resync, withCloud, withNode } from './model.ts'

/** Something that happens to a cluster. */
export interface Event {
  readonly title: string
  readonly happens: (model: Model) => Model
  /** Names of the clouds that it concerns: the scheduler may change these and no others. */
  readonly concerns: (model: Model) => readonly string[]
  /** Actions that then fail, as `c0-target stop node1`. */
  readonly failing?: (model: Model) => readonly string[]
  /** Something comes back that was missing. */
  readonly isReturn?: true
}

/** Events that happen one after the other. */
export type Drill = readonly Event[]

/** What the scheduler did about an event. */
export interface Outcome {
  readonly title: string
  readonly transitions: readonly Transition[]
  readonly after: Model
  /** Clouds that changed although the event does not concern them. */
  readonly unconcerned: readonly string[]
  readonly isReturn: boolean
}

/** Applies the events to the cluster, one after the other. */
export function carryOut(drill: Drill, start: Model): Outcome[] {
  const outcomes: Outcome[] = []
  let now = start
  for (const event of drill) {
    const concerned = new Set(event.concerns(now))
    const failing = new Set(event.failing?.(now))
    const { transitions, model } = react(event.happens(now), failing)
    const unconcerned = [...changedClouds(transitions)].filter(cloud => !concerned.has(cloud))
    outcomes.push({ title: event.title, transitions, after: model, unconcerned, isReturn: event.isReturn ?? false })
    now = model
  }
  return outcomes
}

/** For people: the event, and indented its actions, transitions separated by a line. */
export function describeOutcome({ title, transitions }: Outcome): string {
  const texts = transitions.map(({ done }) => done.map(action => `  ${textOf(action)}\n`).join(''))
  return `${title}\n${texts.join('  --\n') || '  nothing\n'}`
}

const everyCloud = ({ clouds }: Model) => clouds.map(({ name }) => name)

/** Clouds with any resource running on the node. */
function cloudsOn(node: string) {
  return ({ clouds, running }: Model) =>
    clouds
      .map(({ name }) => name)
      .filter(name => Object.values(resourceIds(name)).some(resource => running.has(`${resource}@${node}`)))
}

/** Clouds with data on the node, and those that do not run. */
function cloudsFor(node: string) {
  return (model: Model) =>
    model.clouds
      .filter(
        ({ name, storageNodes }) => storageNodes.includes(node) || nodeOf(model, name, 'filesystem') === undefined,
      )
      .map(({ name }) => name)
}

export const firstStart: Event = { title: 'the cluster starts', happens: model => model, concerns: everyCloud }

export function lost(node: string): Event {
  return { title: `${node} is lost`, happens: model => lose(model, node), concerns: cloudsOn(node) }
}

export function back(node: string): Event {
  return {
    title: `${node} is back`,
    happens: model => comeBack(model, node),
    concerns: cloudsFor(node),
    isReturn: true,
  }
}

export function outOfStandby(node: string): Event {
  return { ...back(node), title: `${node} is taken out of standby` }
}

export const inSync: Event = { title: 'all data are in sync', happens: resync, concerns: () => [], isReturn: true }

export function standby(node: string): Event {
  return {
    title: `${node} is put into standby`,
    happens: model => withNode(model, node, 'standby'),
    concerns: cloudsOn(node),
  }
}

export function monitorFails(cloud: string, layer: Layer, on?: string): Event {
  return {
    title: `the monitor of ${resourceIds(cloud)[layer]} fails${on ? ` on ${on}` : ''}`,
    happens: model => failMonitor(model, cloud, layer, on),
    concerns: () => [cloud],
  }
}

/** A failed stop gets the node fenced. */
export function stopFails(cloud: string, layer: Layer): Event {
  const resource = resourceIds(cloud)[layer]
  return {
    title: `the monitor of ${resource} fails, then its stop`,
    happens: model => failMonitor(model, cloud, layer),
    concerns: model => [cloud, ...cloudsOn(nodeOf(model, cloud, layer) ?? '')(model)],
    failing: model => [`${resource} stop ${nodeOf(model, cloud, layer)}`],
  }
}

export function cloudInStandby(cloud: string): Event {
  return {
    title: `${cloud} is put into standby`,
    happens: model => withCloud(model, cloud, { state: 'standby' }),
    concerns: () => [cloud],
  }
}

export function cloudActive(cloud: string): Event {
  return {
    title: `${cloud} is made active`,
    happens: model => withCloud(model, cloud, { state: 'active' }),
    concerns: () => [cloud],
  }
}

/** Removes a stopped cloud from the configuration. */
export function removed(cloud: string): Event {
  return {
    title: `${cloud} is removed`,
    happens: model => ({ ...model, clouds: model.clouds.filter(({ name }) => name !== cloud) }),
    concerns: () => [],
  }
}
