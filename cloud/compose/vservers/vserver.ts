import { nspawnContainer } from '../../../agents/nspawn-container/index.ts'
import { type Cloud, treePath, type Vserver } from '../../cloud.ts'
import { resourceIds, vserverConstraintIds, vserverIds } from '../../ids.ts'
import type { Composition, Constraint, Group, Primitive } from '../composition.ts'
import { intervalOf } from '../monitor-interval.ts'
import { type Monitor, primitive } from '../primitive.ts'
import { PRIORITIES } from '../priorities.ts'
import { addressPrimitive, FAILURES_MOVE } from '../resources.ts'

/*
 * A vserver is a group of its own beside the mount of its cloud, not a member of that: the members of a group depend on each other, so
 * that one container would stop with another, and a container that fails would move the mount (docs/decisions/0105-a-vserver-beside-its-mount.md).
 */

/** The resources and constraints of a vserver on its cloud. */
export function composeVserver(vserver: Vserver, cloud: Cloud): Composition {
  return { resources: [vserverGroup(vserver, cloud)], constraints: constraints(vserver) }
}

/**
 * Its failures never move a mount: other containers and users would move with it. After a failed start or the third other failure, it
 * waits until these have expired, and is started again where the cloud is mounted.
 */
const STAYS_WITH_MOUNT = { critical: 'false', ...FAILURES_MOVE } as const

/** The address is first, so that a service in the container can bind to it. */
function vserverGroup(vserver: Vserver, cloud: Cloud): Group {
  const { name, address, state } = vserver
  const ids = vserverIds(name)
  const service = address && addressPrimitive(ids.address, address, intervalOf(20, ids.address))
  return {
    kind: 'group',
    id: ids.group,
    primitives: [...(service ? [service] : []), container(vserver, cloud)],
    meta: { ...STAYS_WITH_MOUNT, ...(state === 'standby' && { 'target-role': 'Stopped' }) },
  }
}

function container(vserver: Vserver, cloud: Cloud): Primitive {
  const id = vserverIds(vserver.name).container
  const values = { machine: vserver.name, directory: treePath(cloud, vserver), ...vserver.parameters }
  const agent = { ...nspawnContainer, timeouts: { ...nspawnContainer.timeouts, stop: stopSeconds(vserver) } }
  const composed = primitive(id, agent, values, monitors(vserver, id))
  return { ...composed, meta: { priority: String(PRIORITIES.container) } }
}

/** The deep one asks the init of the container whether services have failed; a command has none. */
function monitors(vserver: Vserver, id: string): Monitor[] {
  const plain = { intervalMs: intervalOf(20, id) }
  return hasInit(vserver) ? [plain, { intervalMs: intervalOf(60, id), checkLevel: 10 }] : [plain]
}

/** How it is connected. */
export function networkOf({ parameters: { network } }: Pick<Vserver, 'parameters'>) {
  const declared = nspawnContainer.parameters.network
  return declared.parse(network ?? declared.default)
}

/** Whether it boots an init, instead of a command. */
export function hasInit({ parameters: { command } }: Pick<Vserver, 'parameters'>): boolean {
  return command === undefined
}

/** A shutdown gets at most two thirds of it, the rest is for what does not shut down. */
function stopSeconds({ parameters: { shutdown_timeout } }: Vserver): number {
  const seconds = Number(shutdown_timeout ?? nspawnContainer.parameters.shutdown_timeout.default)
  return Math.max(nspawnContainer.timeouts.stop, Math.ceil((seconds * 3) / 2))
}

/**
 * It runs where the cloud is mounted, starts after the mount and stops before it. It has no constraint with the export or DRBD, so a
 * failover of those does not concern it.
 */
function constraints({ name, cloud }: Vserver): Constraint[] {
  const { group } = vserverIds(name)
  const { mountGroup } = resourceIds(cloud)
  const ids = vserverConstraintIds(name)
  return [
    { kind: 'colocation', id: ids.withMount, resource: group, with: mountGroup },
    {
      kind: 'order',
      id: ids.afterMount,
      force: 'Mandatory',
      first: { resource: mountGroup, action: 'start' },
      second: { resource: group, action: 'start' },
      symmetrical: true,
    },
  ]
}
