import type { HaStatus } from '../../pacemaker/cluster-status.ts'
import type { Obstacle } from '../obstacle.ts'
import type { Situation } from '../situation.ts'

/** The state of a node in which it takes over nothing. */
export function nodeObstacles({ haStatus }: Situation, node: string): Obstacle[] {
  const state = haStatus.get(node) ?? 'offline'
  if (state === 'online') return []
  return [{ what: `${node} is ${TEXTS[state]}`, todo: todoFor(state, node), concerns: 'node' }]
}

const TEXTS: Readonly<Record<Exclude<HaStatus, 'online'>, string>> = {
  offline: 'offline',
  unclean: 'unclean: Pacemaker waits until it is fenced',
  pending: 'still joining the cluster',
  maintenance: 'in maintenance',
  standby: 'in standby',
}

function todoFor(state: Exclude<HaStatus, 'online'>, node: string): string {
  if (state === 'standby') return `vhacs node --active ${node}`
  if (state === 'maintenance') return `crm_attribute --node ${node} --name maintenance --delete`
  return `run "systemctl start pacemaker" on ${node}, and check its journal`
}
