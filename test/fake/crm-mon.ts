import { resourceIds } from '../../cloud/names.ts'
import { readCib } from '../../cloud/read-cib.ts'
import type { ActiveResource } from '../../cloud/read-monitor.ts'
import { child, descendants, element, parseXml, printXml } from '../../cloud/xml.ts'

/** What a Pacemaker that has its way runs of the clouds in a CIB: all of each, unless it is told to stop that. */
export function activeIn(cib: string): ActiveResource[] {
  const resources = child(child(parseXml(cib), 'configuration'), 'resources')
  const isStopped = (id: string) =>
    (resources?.children ?? [])
      .filter(({ attributes }) => attributes.id === id)
      .flatMap(resource => descendants(resource, 'nvpair'))
      .some(({ attributes: { name, value } }) => name === 'target-role' && value === 'Stopped')
  return readCib(cib).clouds.flatMap(({ name, storageNodes: [first, second], preferredVhosts: [vhost = first] }) => {
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
}

/** That in the XML of crm_mon 2.1, with what is on its way. */
export function crmMonXml(active: readonly ActiveResource[], pending: readonly string[] = []): string {
  const resources = active.map(({ id, node, role }) =>
    element('resource', { id, role, active: 'true', failed: 'false' }, [element('node', { name: node })]),
  )
  const isInactive = { role: 'Stopped', active: 'false', failed: 'false' }
  const inactive = [
    element('resource', { id: 'idle', ...isInactive }),
    ...pending.map(id => element('resource', { id, ...isInactive, pending: 'Starting' })),
  ]
  return printXml(
    element('pacemaker-result', { 'api-version': '2.25' }, [element('resources', {}, [...inactive, ...resources])]),
  )
}
