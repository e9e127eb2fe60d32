import { booleanIn, propertiesIn } from '../../cib/elements.ts'
import { child, descendants, type Element } from '../../xml.ts'
import type { Obstacle } from '../obstacle.ts'
import type { Situation } from '../situation.ts'

/** What keeps Pacemaker from moving anything. `costsQuorum`: the loss in question does. */
export function clusterObstacles({ cib }: Situation, costsQuorum: boolean): Obstacle[] {
  const properties = propertiesIn(cib)
  const is = (name: string) => booleanIn(properties.get(name)) === true
  return [
    ...(is('maintenance-mode') ? [MAINTENANCE] : []),
    ...(is('stop-all-resources') ? [STOP_ALL] : []),
    ...(cib.attributes['have-quorum'] === '0' ? [NO_QUORUM] : []),
    ...(costsQuorum ? [QUORUM_LOST] : []),
    ...(hasFencingDevice(cib) ? [] : [NO_DEVICE]),
  ]
}

function hasFencingDevice(cib: Element): boolean {
  const primitives = descendants(child(child(cib, 'configuration'), 'resources'), 'primitive')
  return primitives.some(({ attributes }) => attributes.class === 'stonith')
}

const CLUSTER = { concerns: 'cluster' } as const

const MAINTENANCE: Obstacle = {
  ...CLUSTER,
  what: 'the cluster is in maintenance mode',
  todo: 'crm_attribute --name maintenance-mode --update false',
}

const STOP_ALL: Obstacle = {
  ...CLUSTER,
  what: 'the property stop-all-resources is set',
  todo: 'crm_attribute --name stop-all-resources --delete',
}

/** Only where Pacemaker starts nothing for this reason: a watchdog may do instead. */
const NO_DEVICE: Obstacle = {
  ...CLUSTER,
  what: 'there is no fencing device, without which Pacemaker starts nothing',
  todo: 'configure one (IPMI, sbd)',
}

/** For a loss after which Pacemaker waits for ever: what the node ran may still run there. */
export function unfenced(node: string): Obstacle {
  return { ...CLUSTER, what: `${node} would not be fenced`, todo: 'vhacs cluster --check' }
}

const NO_QUORUM: Obstacle = { ...CLUSTER, what: 'the cluster has no quorum', todo: 'start more nodes' }

const QUORUM_LOST: Obstacle = {
  ...CLUSTER,
  what: 'the other nodes that are online have no quorum, and no-quorum-policy forbids them to start anything',
  todo: 'start the nodes that are offline',
}
