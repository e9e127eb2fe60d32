import { booleanIn, propertiesIn } from '../../cib/elements.ts'
import { child, descendants, type Element } from '../../xml.ts'
import type { Obstacle } from '../obstacle.ts'
import type { Situation } from '../situation.ts'

/** What keeps Pacemaker from moving anything. `costsQuorum`: the loss in question does. */
export function clusterObstacles({ cib }: Situation, costsQuorum: boolean): Obstacle[] {
  const found = known.get(cib) ?? ofCib(cib)
  known.set(cib, found)
  return costsQuorum ? [...found, QUORUM_LOST] : [...found]
}

/** Elements never change: each CIB is read once, however many clouds are judged. */
const known = new WeakMap<Element, readonly Obstacle[]>()

function ofCib(cib: Element): readonly Obstacle[] {
  const properties = propertiesIn(cib)
  const is = (name: string) => booleanIn(properties.get(name)) === true
  return [
    ...(is('maintenance-mode') ? [MAINTENANCE] : []),
    ...(is('stop-all-resources') ? [STOP_ALL] : []),
    ...(cib.attributes['have-quorum'] === '0' && properties.get('no-quorum-policy') !== 'ignore' ? [NO_QUORUM] : []),
  ]
}

const CLUSTER = { concerns: 'cluster' } as const

const MAINTENANCE: Obstacle = {
  ...CLUSTER,
  what: 'the cluster is in maintenance mode',
  todo: 'crm_attribute --name maintenance-mode --update false',
}

const STOP_ALL: Obstacle = {
  concerns: 'clouds',
  what: 'the property stop-all-resources is set',
  todo: 'crm_attribute --name stop-all-resources --delete',
}

const NO_QUORUM: Obstacle = {
  ...CLUSTER,
  what: 'the cluster has no quorum',
  todo: 'start more nodes or, if they are lost for good, vhacs cluster --alone',
}

const QUORUM_LOST: Obstacle = {
  ...CLUSTER,
  what: 'the other nodes that are online have no quorum, and no-quorum-policy forbids them to start anything',
  todo: 'start the nodes that are offline',
}

/** For where Pacemaker starts nothing, or waits for ever: what a lost node ran may still run there. A watchdog may do in place of a device. */
export function fencingObstacles({ cib }: Situation, node: string, isFenced: boolean): Obstacle[] {
  const primitives = descendants(child(child(cib, 'configuration'), 'resources'), 'primitive')
  if (!primitives.some(({ attributes }) => attributes.class === 'stonith')) return [NO_DEVICE]
  return isFenced ? [] : [{ ...CLUSTER, what: `${node} would not be fenced`, todo: 'vhacs cluster --check' }]
}

const NO_DEVICE: Obstacle = {
  ...CLUSTER,
  what: 'there is no fencing device, without which Pacemaker starts nothing',
  todo: 'configure one (IPMI, sbd)',
}
