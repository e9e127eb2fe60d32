import { type Cloud, treePath, type Vserver } from '../cloud.ts'
import { constraintIds, resourceIds, vserverConstraintIds, vserverIds } from '../ids.ts'
import { joinedNames } from '../listed-names.ts'

/** Comments on resources and constraints, by id. */
export type Comments = ReadonlyMap<string, string>

/** Comments that explain a cloud's configuration to an operator. */
export function commentsOn(cloud: Cloud, hasVservers = false): Comments {
  const { name, storageNodes, address, directory, state } = cloud
  const resources = resourceIds(name)
  const constraints = constraintIds(name)
  const data = joinedNames(storageNodes)
  const standby = state === 'standby' ? ', in standby' : ''
  const pairs: readonly (readonly [string, string])[] = [
    [resources.lvm, `Cloud ${name}: data on ${data}, exported at ${address}, mounted on ${directory}${standby}.`],
    [resources.drbd, 'Only the agent sets promotion scores: it knows which data are good.'],
    [resources.target, 'Target and address run where DRBD is promoted.'],
    [resources.session, 'Session and file system run on one vhost.'],
    ...(hasVservers
      ? [[resources.filesystem, 'Without nosuid, with which su and sudo would do nothing in its containers.'] as const]
      : []),
    [constraints.storage, `The data are on ${data} and nowhere else.`],
    [
      constraints.export,
      'Preferred for a start; weaker than resource-stickiness, so that a running export does not move back.',
    ],
    [constraints.vhost, 'Mounted only on nodes with the vhost role.'],
    [constraints.apart, 'Preferably away from the data: the loss of one node then costs export or mount, not both.'],
    [constraints.linked, 'Away from a node whose link to the portal is lost, if another has one.'],
    [
      constraints.exportBeforeMount,
      'The mount starts after its export, and stays when the export moves: its I/O pauses.',
    ],
    [constraints.mountBeforeExport, 'When both stop, the mount stops first.'],
  ]
  return new Map(pairs.map(([id, text]) => [id, asXmlComment(text)]))
}

/** Comments that explain a vserver's configuration to an operator. */
export function commentsOnVserver(vserver: Vserver, cloud: Cloud): Comments {
  const { name, state } = vserver
  const { group, container } = vserverIds(name)
  const { withMount, afterMount } = vserverConstraintIds(name)
  const standby = state === 'standby' ? ', in standby' : ''
  const pairs: readonly (readonly [string, string])[] = [
    [container, `Vserver ${name}: a container in ${treePath(cloud, vserver)} of cloud ${cloud.name}${standby}.`],
    [group, 'Not critical: a container that fails does not move the mount, with all that uses it, to another node.'],
    [withMount, 'It runs where its cloud is mounted.'],
    [afterMount, 'It starts after the mount and stops before it. A failover of the export does not concern it.'],
  ]
  return new Map(pairs.map(([id, text]) => [id, asXmlComment(text)]))
}

/** crmsh stores it as an XML comment, in which `--` is not allowed: it would refuse the whole text. */
function asXmlComment(text: string): string {
  return text.replace(/-(?=-)/g, '- ')
}
