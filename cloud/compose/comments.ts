import type { Cloud } from '../cloud.ts'
import { constraintIds, resourceIds } from '../ids.ts'

/** What is said of a resource or constraint, by its id. */
export type Comments = ReadonlyMap<string, string>

/** What an operator who reads a cloud's configuration would ask. */
export function commentsOn(cloud: Cloud): Comments {
  const { name, storageNodes, address, directory, state } = cloud
  const resources = resourceIds(name)
  const constraints = constraintIds(name)
  const data = storageNodes.join(' and ')
  const standby = state === 'standby' ? ', in standby' : ''
  const pairs: readonly (readonly [string, string])[] = [
    [resources.lvm, `Cloud ${name}: data on ${data}, exported at ${address}, mounted on ${directory}${standby}.`],
    [resources.drbd, 'Promotion scores are set by the agent alone: it knows whose data are good.'],
    [resources.target, 'Target and address: where DRBD is promoted.'],
    [resources.session, 'Session and file system: on one vhost.'],
    [constraints.storage, `The data are on ${data} and nowhere else.`],
    [
      constraints.export,
      'Where it starts if it may choose; less than resource-stickiness: what runs does not move back.',
    ],
    [constraints.vhost, 'Mounted on nodes with the role vhost only.'],
    [constraints.apart, 'Rather away from the data: the loss of one node then costs export or mount, not both.'],
    [
      constraints.exportBeforeMount,
      'The mount waits for its export, and does not follow when that moves: its I/O waits.',
    ],
    [constraints.mountBeforeExport, 'When both stop, the mount does first.'],
  ]
  return new Map(pairs.map(([id, text]) => [id, asXmlComment(text)]))
}

/** crmsh keeps it as a comment of XML, which has no `--`, and refuses the whole text otherwise. */
function asXmlComment(text: string): string {
  return text.replace(/-(?=-)/g, '- ')
}
