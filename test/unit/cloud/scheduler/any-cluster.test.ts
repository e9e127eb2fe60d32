import { assert, constantFrom, integer, property, record } from 'fast-check'
import { expect, test } from 'vitest'
import { inFullOperation, placedClouds } from './clusters.ts'
import { back, carryOut, cloudInStandby, type Event, inSync, lost, monitorFails, standby, stopFails } from './drills.ts'
import { needlessUnmounts, violations } from './invariants.ts'
import { LAYERS, type Model, newCluster, nodeOf } from './model.ts'

/** `VHACS_RUNS=1000 vitest run …` tries more. */
const RUNS = Number(process.env.VHACS_RUNS ?? 20)

const cluster = record({
  /** Roles of additional nodes; the first nodes have what every cloud needs. */
  more: constantFrom<readonly ('s' | 'v' | 'sv')[]>([], ['sv'], ['v'], ['s', 'v'], ['sv', 'sv', 's']),
  base: constantFrom<readonly ('s' | 'v' | 'sv')[]>(['sv', 'sv'], ['s', 's', 'v', 'v'], ['sv', 's', 'sv']),
  clouds: integer({ min: 1, max: 5 }),
}).map(({ base, more, clouds }): Model => {
  const roles = [...base, ...more].map((role, index) => [`node${index + 1}`, role] as const)
  const empty = newCluster(Object.fromEntries(roles), [])
  return inFullOperation({ ...empty, clouds: placedClouds(clouds, empty.nodes) })
})

const incidents = record({
  kind: constantFrom('lost', 'standby', 'monitor', 'stop', 'cloud'),
  which: integer({ min: 0, max: 999 }),
  layer: constantFrom(...LAYERS),
})

/** One of the choices, by number. */
function pick<T>(choices: readonly T[], which: number): T {
  const choice = choices[which % choices.length]
  if (choice === undefined) throw new Error('there is nothing to choose from')
  return choice
}

function eventIn(
  model: Model,
  { kind, which, layer }: { kind: string; which: number; layer: (typeof LAYERS)[number] },
) {
  const node = pick(model.nodes, which).name
  const cloud = pick(model.clouds, which).name
  const events: Readonly<Record<string, readonly Event[]>> = {
    lost: [lost(node), back(node), inSync],
    standby: [standby(node), back(node), inSync],
    monitor: [monitorFails(cloud, layer)],
    stop: [stopFails(cloud, layer)],
    cloud: [cloudInStandby(cloud)],
  }
  return events[kind] ?? []
}

test('in any cluster, any event changes only the clouds that it concerns, in the right order', () => {
  assert(
    property(cluster, incidents, (model, incident) => {
      const outcomes = carryOut(eventIn(model, incident), model)
      for (const { transitions, unconcerned, after } of outcomes) {
        expect(transitions.flatMap(violations)).toEqual([])
        expect(transitions.flatMap(needlessUnmounts)).toEqual([])
        expect(unconcerned).toEqual([])
        const active = after.clouds.filter(({ state }) => state === 'active')
        expect(active.filter(({ name }) => nodeOf(after, name, 'filesystem') === undefined)).toEqual([])
      }
    }),
    { numRuns: RUNS },
  )
}, 600_000)
