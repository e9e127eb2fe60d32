import { drbdCloud } from '../../agents/drbd-cloud/index.ts'
import { ext3Filesystem } from '../../agents/ext3-filesystem/index.ts'
import { iscsiMount } from '../../agents/iscsi-mount/index.ts'
import { lioIblock } from '../../agents/lio-iblock/index.ts'
import { lvmVolume } from '../../agents/lvm-volume/index.ts'
import type { Cloud } from '../cloud.ts'
import { diskPath, drbdDevice, portalOf } from '../devices.ts'
import { resourceIds } from '../ids.ts'
import { chapParametersOf } from './chap.ts'
import type { Clone, Group, Primitive } from './composition.ts'
import { type Layer, promotedInterval, staggeredInterval } from './monitor-interval.ts'
import { type Monitor, primitive } from './primitive.ts'
import { PRIORITIES } from './priorities.ts'

/** The stack of a cloud, bottom first. */
export function resources(cloud: Cloud): (Clone | Group)[] {
  const stack = [lvmClone(cloud), drbdClone(cloud), exportGroup(cloud), mountGroup(cloud)]
  return cloud.state === 'active' ? stack : stack.map(stopped)
}

/**
 * Each layer gets its own target-role: with one on the lowest layer only, Pacemaker would stop the layers above in no fixed order.
 */
function stopped<R extends Clone | Group>(resource: R): R {
  return { ...resource, meta: { ...resource.meta, 'target-role': 'Stopped' } }
}

/**
 * After a failed start, a resource does not run on the node until an operator cleans it up. What was missing (a peer, a target, the
 * network) often comes back by itself, so the failure expires and the start is retried.
 */
const FAILURES_EXPIRE = { 'failure-timeout': '120s' } as const

/**
 * Otherwise Pacemaker would restart them in place for ever. Both groups can run on another node, so the third failure moves them.
 */
export const FAILURES_MOVE = { ...FAILURES_EXPIRE, 'migration-threshold': '3' } as const

/**
 * A running resource stays where it is when a node comes back: more than any preference (constraints.ts), and less than the 5000
 * between the promotion scores of a side that clients can reach and one that they cannot (agents/drbd-cloud/score.ts). It counts once for each active
 * member of a group.
 */
const STAYS = { 'resource-stickiness': '1000' } as const

function lvmClone({ name, volumeGroup, minor, storageNodes }: Cloud): Clone {
  const { lvm, lvmClone } = resourceIds(name)
  return {
    kind: 'clone',
    id: lvmClone,
    primitive: primitive(lvm, lvmVolume, { volume: name, volume_group: volumeGroup }, [monitor(minor, 'lvm')]),
    // not one for each node of the cluster: the others would always be shown as stopped
    meta: { 'clone-max': String(storageNodes.length), 'clone-node-max': '1', interleave: 'true', ...FAILURES_EXPIRE },
  }
}

function drbdClone({ name, minor, address, storageNodes }: Cloud): Clone {
  const { drbd, drbdClone } = resourceIds(name)
  // Pacemaker runs only one of two monitors with the same interval
  const monitors: Monitor[] = [
    { intervalMs: promotedInterval(minor), role: 'Promoted' },
    { intervalMs: staggeredInterval(31, minor, 'drbd'), role: 'Unpromoted' },
  ]
  return {
    kind: 'clone',
    id: drbdClone,
    primitive: primitive(drbd, drbdCloud, { drbd_resource: name, portals: portalOf(address) }, monitors),
    // without notify: five of the eight calls that a failover waits for would be notifications
    meta: {
      promotable: 'true',
      'promoted-max': '1',
      'promoted-node-max': '1',
      'clone-max': String(storageNodes.length),
      'clone-node-max': '1',
      interleave: 'true',
      ...FAILURES_EXPIRE,
    },
  }
}

function exportGroup(cloud: Cloud): Group {
  const { target, exportGroup } = resourceIds(cloud.name)
  const { iqn, tpgt, minor, address, initiators, chap } = cloud
  const parameters = {
    iqn,
    tpgt: String(tpgt),
    device: drbdDevice(minor),
    portals: portalOf(address),
    allowed_initiators: initiators.join(' '),
    ...chapParametersOf(chap),
  }
  const exported = primitive(target, lioIblock, parameters, [monitor(minor, 'target')])
  return {
    kind: 'group',
    id: exportGroup,
    primitives: [{ ...exported, meta: { priority: String(PRIORITIES.export) } }, serviceAddress(cloud)],
    meta: { ...STAYS, ...FAILURES_MOVE },
  }
}

/**
 * Timeout of the stock agent, which recommends 20 s: as a shell script it takes longer on an overloaded node, and a stop
 * that times out gets the node fenced.
 */
const ADDRESS_SECONDS = 60

function serviceAddress(cloud: Cloud): Primitive {
  return addressPrimitive(resourceIds(cloud.name).address, cloud, staggeredInterval(20, cloud.minor, 'address'))
}

/** IPaddr2 of resource-agents: no declaration of ours checks its parameters. */
export function addressPrimitive(
  id: string,
  { address, prefixLength }: Pick<Cloud, 'address' | 'prefixLength'>,
  intervalMs: number,
): Primitive {
  return {
    id,
    provider: 'heartbeat',
    type: 'IPaddr2',
    parameters: { ip: address, cidr_netmask: String(prefixLength) },
    operations: [
      { name: 'start', intervalMs: 0, timeoutSeconds: ADDRESS_SECONDS },
      { name: 'stop', intervalMs: 0, timeoutSeconds: ADDRESS_SECONDS },
      { name: 'monitor', intervalMs, timeoutSeconds: ADDRESS_SECONDS },
    ],
  }
}

function mountGroup(cloud: Cloud): Group {
  const { session, filesystem, mountGroup } = resourceIds(cloud.name)
  const { iqn, minor, directory, mountOptions } = cloud
  const portals = portalOf(cloud.address)
  const parameters = { device: diskPath(cloud), directory, options: mountOptions }
  const mounted = primitive(filesystem, ext3Filesystem, parameters, [monitor(minor, 'filesystem')])
  return {
    kind: 'group',
    id: mountGroup,
    primitives: [
      primitive(session, iscsiMount, { iqn, portals, ...chapParametersOf(cloud.chap) }, [monitor(minor, 'session')]),
      { ...mounted, meta: { priority: String(PRIORITIES.mount) } },
    ],
    meta: { ...STAYS, ...FAILURES_MOVE },
  }
}

function monitor(minor: number, layer: Layer): Monitor {
  return { intervalMs: staggeredInterval(20, minor, layer) }
}
