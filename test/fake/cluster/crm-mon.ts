import { clusterIn } from '../../../cloud/cib/read/cluster.ts'
import { resourceIds, vserverIds } from '../../../cloud/ids.ts'
import type { ActiveResource } from '../../../cloud/pacemaker/active-resources.ts'
import type { Failure } from '../../../cloud/pacemaker/cluster-status.ts'
import { child, descendants, element, printXml } from '../../../cloud/xml.ts'
import { parsedCib } from '../../unit/cloud/cib.ts'
import { remembered } from '../../unit/cloud/remembered.ts'

/** The resources of a CIB's clouds that an undisturbed Pacemaker runs: all except those that should be stopped. */
export const activeIn = remembered((cib: string): readonly ActiveResource[] => {
  const resources = child(child(parsedCib(cib), 'configuration'), 'resources')
  const isStopped = (id: string) =>
    (resources?.children ?? [])
      .filter(({ attributes }) => attributes.id === id)
      .flatMap(resource => descendants(resource, 'nvpair'))
      .some(({ attributes: { name, value } }) => name === 'target-role' && value === 'Stopped')
  const { clouds, vservers } = clusterIn(parsedCib(cib))
  const ofClouds = clouds.flatMap(({ name, storageNodes: [first, second], preferredVhosts: [vhost = first] }) => {
    const ids = resourceIds(name)
    const started = (id: string, node: string) => ({ id, node, role: 'Started' })
    const layers: readonly (readonly [string, readonly ActiveResource[]])[] = [
      [ids.lvmClone, [started(ids.lvm, first), started(ids.lvm, second)]],
      [
        ids.drbdClone,
        [
          { id: ids.drbd, node: first, role: 'Promoted' },
          { id: ids.drbd, node: second, role: 'Unpromoted' },
        ],
      ],
      [ids.exportGroup, [started(ids.target, first), started(ids.address, first)]],
      [ids.mountGroup, [started(ids.session, vhost), started(ids.filesystem, vhost)]],
    ]
    return layers.flatMap(([id, active]) => (isStopped(id) ? [] : active))
  })
  const ofVservers = vservers.complete.flatMap(({ name, cloud, address }) => {
    const ids = vserverIds(name)
    const mount = ofClouds.find(({ id }) => id === resourceIds(cloud).filesystem)
    if (mount === undefined || isStopped(ids.group)) return []
    return [...(address ? [ids.address] : []), ids.container].map(id => ({ ...mount, id }))
  })
  return [...ofClouds, ...ofVservers]
})

/** Ids of the fencing devices in a CIB. */
export function fencesIn(cib: string): readonly string[] {
  const resources = child(child(parsedCib(cib), 'configuration'), 'resources')
  const fences = descendants(resources, 'primitive').filter(({ attributes }) => attributes.class === 'stonith')
  return fences.map(({ attributes: { id = '' } }) => id)
}

/** By default it has failed, and is not degraded. */
export type ActionFailure = Omit<Failure, 'isDegraded'> & Partial<Pick<Failure, 'isDegraded'>>

export interface Monitored {
  readonly cib: string
  readonly active: readonly ActiveResource[]
  readonly coordinator?: string
  /** Ids of the fencing devices that run. */
  readonly fences?: readonly string[]
  /** Ids of resources with an action in progress. */
  readonly pending?: readonly string[]
  /** Ids of the fencing devices whose start has begun; Pacemaker calls them active. */
  readonly starting?: readonly string[]
  readonly failures?: readonly ActionFailure[]
}

/** That in the XML of crm_mon 2.1, with the nodes, with what is on its way and what failed. */
export function crmMonXml(monitored: Monitored): string {
  const { cib, active, coordinator = 'node1', fences = [], pending = [], starting = [], failures = [] } = monitored
  const started = fences.map(id => ({ id, node: 'node1', role: 'Started' }))
  const resources = [...started, ...active].map(({ id, node, role }) =>
    element('resource', { id, role, active: 'true', failed: 'false' }, [element('node', { name: node })]),
  )
  const isInactive = { role: 'Stopped', active: 'false', failed: 'false' }
  const begun = starting.map(id =>
    element('resource', { id, role: 'Starting', active: 'true', failed: 'false' }, [
      element('node', { name: 'node1' }),
    ]),
  )
  const inactive = [
    element('resource', { id: 'idle', ...isInactive }),
    ...pending.map(id => element('resource', { id, ...isInactive, pending: 'Starting' })),
  ]
  const failed = failures.map(({ resource, node, action, reason, isDegraded = false }) => {
    const exit = isDegraded ? { exitstatus: 'degraded', exitcode: '190' } : { exitstatus: 'error', exitcode: '1' }
    return element('failure', { op_key: `${resource}_${action}_10000`, node, ...exit, exitreason: reason })
  })
  return printXml(
    element('pacemaker-result', { 'api-version': '2.25' }, [
      element('summary', {}, [element('current_dc', { present: 'true', name: coordinator, with_quorum: 'true' })]),
      element('nodes', {}, monitoredNodes(cib)),
      element('resources', {}, [...inactive, ...begun, ...resources]),
      element('failures', {}, failed),
    ]),
  )
}

const monitoredNodes = remembered((cib: string) =>
  clusterIn(parsedCib(cib)).nodes.map(({ name, isOnline, attributes }) =>
    element('node', {
      name,
      online: String(isOnline),
      standby: String(attributes.standby === 'on'),
      unclean: String(isUnclean(cib, name)),
      pending: 'false',
      maintenance: 'false',
    }),
  ),
)

/** A node that is down, but should be up, will be fenced. */
function isUnclean(cib: string, node: string): boolean {
  const states = descendants(parsedCib(cib), 'node_state').map(({ attributes }) => attributes)
  return states.some(({ uname, in_ccm, expected }) => uname === node && in_ccm === 'false' && expected === 'member')
}
