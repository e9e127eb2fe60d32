import { joinedNames } from '../../../cloud/listed-names.ts'
import type { CloudFence } from '../../clouds/fence-constraints.ts'
import {
  isApart,
  isBeingVerified,
  isInSync,
  isKnown,
  isSplit,
  type PeerReplication,
  type Replication,
} from '../../clouds/replication/replication.ts'
import { ioText } from '../../clouds/replication/texts.ts'
import { takeoverLines } from '../../readiness/takeover-text.ts'
import type { VserverState } from '../../state/vservers.ts'
import { paragraphOf } from '../../terminal/paragraph.ts'
import { roundedSize } from '../../terminal/sizes.ts'
import { lastRehearsalText } from '../rehearse/last-rehearsal.ts'
import { lastVerificationText } from '../verify/last-verification.ts'
import type { Side, StorageInfo } from './storage-info.ts'

/** The layers from the logical volumes up to the mount, and what is wrong with them. */
export function infoText(info: StorageInfo): string {
  const { name, state, target, mount, freeBytes, sizeBytes, mounted } = info
  const space =
    freeBytes !== null && sizeBytes !== null ? `, ${roundedSize(freeBytes)} of ${roundedSize(sizeBytes)} free` : ''
  return paragraphOf(name, [
    ['state', state],
    ...info.sides.map(side => [`volume on ${side.node}`, volumeText(side)] as const),
    ...info.sides.map(side => [`DRBD on ${side.node}`, replicationText(side)] as const),
    ['replication', `${info.device}, port ${info.port}, ${inSyncText(info)}`],
    ...addressesText(info),
    ['target', `${info.iqn}, TPG ${info.tpgt}, on ${target?.node ?? 'no node'}, portal ${info.portal}`],
    ['disk identity', info.identity ?? '?'],
    ['CHAP', info.chap],
    ['initiators', info.initiators.join(', ') || 'none'],
    ['logged in', info.sessions.join(', ') || 'none'],
    ['mount', mount ? `${info.directory} on ${mount.node}${space}` : `${info.directory}, not mounted`],
    ...(mounted ? [['mounted', `${mounted.source}, ${mounted.fstype}, ${mounted.options}`] as const] : []),
    ...(info.vservers.length > 0 ? [['vservers', info.vservers.map(vserverText).join(', ')] as const] : []),
    ['preferred vhosts', info.preferredVhosts.join(', ') || 'none'],
    ...takeoverLines(info.takeovers),
    ['last rehearsal', lastRehearsalText(info.lastRehearsal)],
    ['last verification', lastVerificationText(info.lastVerification)],
    ...info.fences.map(fence => ['fence', fenceText(fence)] as const),
    ...info.failures.map(({ resource, node, action, reason, isDegraded }) => {
      return [`${isDegraded ? 'degraded' : 'failed'}: ${resource}`, `${action} on ${node}: ${reason}`] as const
    }),
    ...info.problems.map(problem => ['unknown', problem] as const),
  ])
}

function volumeText({ volume }: Side): string {
  if (volume === null) return '?'
  return `${volume.path}, ${roundedSize(volume.sizeBytes)}, ${volume.isActive ? 'active' : 'not active'}`
}

function replicationText({ replication }: Side): string {
  if (!isKnown(replication)) return `? (${replication.problem})`
  const { connection, role, disk, peers, hasQuorum } = replication
  const io = ioText(replication) ?? []
  if (peers === undefined) return [connection, role, disk, ...progressOf(replication), io].flat().join(', ')
  const others = peers.map(peer => [`${peer.node}: ${peer.connection}`, peer.disk, ...progressOf(peer)].join(' '))
  return [role, disk, ...(hasQuorum === false ? ['no quorum'] : []), io, ...others].flat().join(', ')
}

function progressOf({ connection, outOfSyncBytes, syncedPercent }: PeerReplication | Replication): string[] {
  const isVerification = connection.startsWith('Verify')
  const progress = syncedPercent === null ? [] : [`${syncedPercent}% ${isVerification ? 'verified' : 'synchronised'}`]
  const behind = outOfSyncBytes === 0 ? [] : [`${roundedSize(outOfSyncBytes)} out of sync`]
  return [...progress, ...behind]
}

/** The addresses of the replication. */
function addressesText({ sides }: StorageInfo): (readonly [string, string])[] {
  const ends = sides.flatMap(({ node, address }) => (address === null ? [] : [`${address} (${node})`]))
  return ends.length === 0 ? [] : [['replicates over', ends.join(', ')]]
}

function inSyncText({ name, sides }: StorageInfo): string {
  const replications = sides.map(({ replication }) => replication)
  if (isSplit(replications)) return 'SPLIT BRAIN: see "vhacs storage --unfail --help"'
  if (isApart(replications))
    return `disconnected without a known split brain: connect the two sides with "vhacs storage --unfail ${name}"`
  if (isBeingVerified(replications)) return 'in sync, being verified'
  return isInSync(replications) ? 'in sync' : 'not in sync'
}

function vserverText({ name, state, container }: VserverState): string {
  if (container === null) return `${name} ${state === 'standby' ? 'in standby' : 'DOES NOT RUN'}`
  const { node, isFailed, isDegraded } = container
  return `${name} on ${node}${isFailed ? ' (failed)' : isDegraded ? ' (degraded)' : ''}`
}

function fenceText({ id, goodNodes }: CloudFence): string {
  return `only ${joinedNames(goodNodes)} may be promoted until the resync is complete (${id})`
}
