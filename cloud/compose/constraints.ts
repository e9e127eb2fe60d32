import { LOST, lostLinkAttribute } from '../../system/pacemaker/attributes/lost-link.ts'
import type { Cloud } from '../cloud.ts'
import { constraintIds, resourceIds, vhostPreferenceId } from '../ids.ts'
import { VHOST_ATTRIBUTE } from '../node-attributes.ts'
import type { Constraint, Preference } from './composition.ts'

/*
 * Small compared with resource-stickiness: a preference decides where a resource starts, and never moves a running one. The
 * preference for the export counts for each of its two members, and stays below the smallest step between promotion scores, which
 * is 10 (agents/drbd-cloud/score.ts), so that the data decide first.
 */
const EXPORT_PREFERENCE = 4
const VHOST_PREFERENCE_STEP = 10
/** Given to all nodes without the data. A penalty for the others would ban them, because a negative sum of scores bans. */
const APART_PREFERENCE = 1

/**
 * Given to all nodes that have not lost their link to the portals: more than resource-stickiness and all preferences. A penalty for
 * the others would ban them, and stop a mount that no node can reach.
 */
const LINKED_PREFERENCE = 5000

/** The nodes that the layers of a cloud may run on, and the order in which they start and stop. */
export function constraints(cloud: Cloud): Constraint[] {
  return [...storageConstraints(cloud), ...exportConstraints(cloud), ...mountConstraints(cloud)]
}

/** Only these nodes have the data; DRBD runs only where the volume is active. */
function storageConstraints({ name, storageNodes }: Cloud): Constraint[] {
  const { lvmClone, drbdClone } = resourceIds(name)
  const ids = constraintIds(name)
  return [
    {
      kind: 'rule',
      id: ids.storage,
      resource: lvmClone,
      score: '-INFINITY',
      join: 'and',
      expressions: storageNodes.map(node => ({ attribute: '#uname', operation: 'ne', value: node })),
    },
    { kind: 'colocation', id: ids.drbdWithLvm, resource: drbdClone, with: lvmClone },
    {
      kind: 'order',
      id: ids.lvmBeforeDrbd,
      force: 'Mandatory',
      first: { resource: lvmClone, action: 'start' },
      second: { resource: drbdClone, action: 'start' },
      symmetrical: true,
    },
    // without it, DRBD that must restart with its volume is demoted below the running export, and not promoted again
    {
      kind: 'order',
      id: ids.lvmBeforePromotion,
      force: 'Mandatory',
      first: { resource: lvmClone, action: 'start' },
      second: { resource: drbdClone, action: 'promote' },
      symmetrical: true,
    },
  ]
}

/**
 * The preference for a storage node is on the export, which attracts the promotion. On the promoted role it would count as a
 * promotion score, and DRBD would be promoted even where its agent has set no score because the data are known to be old.
 */
function exportConstraints({ name, storageNodes }: Cloud): Constraint[] {
  const { drbdClone, exportGroup } = resourceIds(name)
  const ids = constraintIds(name)
  return [
    { kind: 'preference', id: ids.export, resource: exportGroup, node: storageNodes[0], score: EXPORT_PREFERENCE },
    { kind: 'colocation', id: ids.exportWithDrbd, resource: exportGroup, with: drbdClone, withRole: 'Promoted' },
    {
      kind: 'order',
      id: ids.drbdBeforeExport,
      force: 'Mandatory',
      first: { resource: drbdClone, action: 'promote' },
      second: { resource: exportGroup, action: 'start' },
      symmetrical: true,
    },
  ]
}

/**
 * The mount starts after its export, and stops first when both stop. It stays when the export moves: a symmetrical order
 * would unmount at every failover, although the initiator's I/O only pauses.
 */
function mountConstraints({ name, storageNodes, preferredVhosts }: Cloud): Constraint[] {
  const { exportGroup, mountGroup, session } = resourceIds(name)
  const ids = constraintIds(name)
  return [
    {
      kind: 'rule',
      id: ids.vhost,
      resource: mountGroup,
      score: '-INFINITY',
      join: 'or',
      expressions: [
        { attribute: VHOST_ATTRIBUTE, operation: 'not_defined' },
        { attribute: VHOST_ATTRIBUTE, operation: 'ne', value: 'true' },
      ],
    },
    ...vhostPreferences(name, preferredVhosts),
    {
      kind: 'rule',
      id: ids.apart,
      resource: mountGroup,
      score: APART_PREFERENCE,
      join: 'and',
      expressions: storageNodes.map(node => ({ attribute: '#uname', operation: 'ne', value: node })),
    },
    {
      kind: 'rule',
      id: ids.linked,
      resource: mountGroup,
      score: LINKED_PREFERENCE,
      join: 'or',
      expressions: [
        { attribute: lostLinkAttribute(session), operation: 'not_defined' },
        { attribute: lostLinkAttribute(session), operation: 'ne', value: LOST },
      ],
    },
    {
      kind: 'order',
      id: ids.exportBeforeMount,
      force: 'Mandatory',
      first: { resource: exportGroup, action: 'start' },
      second: { resource: mountGroup, action: 'start' },
      symmetrical: false,
    },
    {
      kind: 'order',
      id: ids.mountBeforeExport,
      force: 'Optional',
      first: { resource: mountGroup, action: 'stop' },
      second: { resource: exportGroup, action: 'stop' },
      symmetrical: false,
    },
  ]
}

function vhostPreferences(name: string, vhosts: readonly string[]): Preference[] {
  return vhosts.map((node, index) => ({
    kind: 'preference',
    id: vhostPreferenceId(name, index + 1),
    resource: resourceIds(name).mountGroup,
    node,
    score: VHOST_PREFERENCE_STEP * (vhosts.length - index),
  }))
}
