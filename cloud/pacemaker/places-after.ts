import type { ActiveResource } from './active-resources.ts'
import type { Decision } from './decisions.ts'

/**
 * What runs where after the decisions are carried out, if every action succeeds. An instance that none of them is about stays; so does
 * one whose stop is blocked.
 */
export function placesAfter(active: readonly ActiveResource[], decisions: readonly Decision[]): ActiveResource[] {
  return decisions.filter(({ isBlocked }) => !isBlocked).reduce<ActiveResource[]>(withDecision, [...active])
}

function withDecision(places: ActiveResource[], { task, resource: id, from, to, role }: Decision): ActiveResource[] {
  const at = (node: string | undefined) => places.filter(place => place.id === id && place.node === node)
  const others = (gone: readonly ActiveResource[]) => places.filter(place => !gone.includes(place))
  // a restart, a recovery, a promotion or a demotion names one node only
  const source = from ?? to
  const destination = to ?? from
  if (task === 'stop') return others(at(source))
  if (destination === undefined || !CHANGES.has(task)) return places
  return [...others([...at(source), ...at(destination)]), { id, node: destination, role: role ?? 'Started' }]
}

/** Tasks after which the resource runs. @see Pacemaker, lib/pacemaker/pcmk_output.c: rsc_action_default() */
const CHANGES = new Set([
  ...['start', 'move', 'migrate', 'restart', 'recover', 're-promote', 'promote', 'demote', 'reload'],
])
