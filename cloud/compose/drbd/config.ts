import type { Cloud } from '../../cloud.ts'
import { drbdDevice, drbdPort, volumePath } from '../../devices.ts'
import { DRBD_HANDLERS } from './handlers.ts'
import { MADE_BY_VHACS } from './made-by-vhacs.ts'
import { VERIFY_ALG } from './verify-alg.ts'

/** The major version of DRBD, 8.4 or 9: neither drbdadm accepts a file for the other (docs/decisions/0091-a-file-for-each-drbd.md). */
export type DrbdMajor = 8 | 9

/**
 * The settings of a cloud's replication that only the nodes have: its addresses, and the secret that its sides authenticate with.
 */
export interface ReplicationSettings {
  readonly ends: readonly ReplicationEnd[]
  readonly major: DrbdMajor
  /** Of letters, digits, _ and -. */
  readonly secret: string
}

/** The address on which DRBD of a node listens for its peer. */
export interface ReplicationEnd {
  readonly node: string
  readonly address: string
}

/**
 * Without I/O to acknowledge, DRBD notices after so long that its peer is unreachable; I/O is paused meanwhile. It must be longer than
 * DRBD's timeout, which is 6 s by default (docs/decisions/0073-a-lost-peer-is-noticed-sooner.md).
 */
export const PING_INTERVAL_SECONDS = 7

/**
 * What a resync gets, per second, while the storage is used. DRBD's own default, 250 KiB, keeps a storage in use without redundancy for days
 * (docs/decisions/0109-a-resync-beside-a-writer.md).
 */
const LEAST_RESYNC_RATE = '10M'

/**
 * The text of /etc/drbd.d/<cloud>.res, the same on all of its nodes.
 * Two nodes have no quorum: a node that loses its peer holds I/O until the cluster has fenced the peer (resource-and-stonith) and
 * the fence-peer handler has banned the promotion of the peer's outdated data. The sides authenticate each other with the cloud's
 * own secret.
 * A split brain is marked for the monitor of drbd-cloud, because DRBD itself shows only a dropped connection.
 * DRBD 9 would promote a side whose device is opened for writing, and would number the nodes by their addresses, although meta-data
 * refer to these numbers.
 * Three nodes have a quorum as well: a side without a majority is not promoted, and suspends I/O if it is primary
 * (docs/decisions/0095-three-sides.md).
 * @throws Error for more sides than the version has.
 */
export function drbdConfig(cloud: Cloud, { ends, major, secret }: ReplicationSettings): string {
  const port = drbdPort(cloud.minor)
  const isPair = ends.length === 2
  if (!isPair && major === 8)
    throw new Error(`${cloud.name}: DRBD 8.4 replicates between two nodes, not ${ends.length}`)
  const only = ONLY_IN[major]
  return `${MADE_BY_VHACS}${cloud.name}. The cluster decides where it is up and where it is primary.
resource ${cloud.name} {
	device ${drbdDevice(cloud.minor)};
	disk ${volumePath(cloud)};
	meta-disk internal;
${isPair ? only.options : only.options.replace(QUORUM_OFF, MAJORITY)}	net {
		protocol C;
		ping-int ${PING_INTERVAL_SECONDS};
${only.net}		cram-hmac-alg sha256;
		shared-secret "${secret}";
		verify-alg ${VERIFY_ALG};
	}
	disk {
		on-io-error detach;
		c-min-rate ${LEAST_RESYNC_RATE};
${only.disk}	}
	handlers {
		fence-peer "${DRBD_HANDLERS['fence-peer']}";
		unfence-peer "${DRBD_HANDLERS['unfence-peer']}";
		split-brain "mkdir -p /run/vhacs && touch /run/vhacs/split-brain-$DRBD_RESOURCE";
	}
${ends.map(({ node, address }, id) => `\ton ${node} {\n${only.nodeId(id)}\t\taddress ${drbdAddress(address)}:${port};\n\t}\n`).join('')}${isPair ? '' : meshOf(ends)}}
`
}

/** Of two sides, and of three. */
const QUORUM_OFF = '\t\tquorum off;\n'
const MAJORITY = '\t\tquorum majority;\n\t\ton-no-quorum suspend-io;\n'

/** Each side connects to each other one. */
function meshOf(ends: readonly ReplicationEnd[]): string {
  return `\tconnection-mesh {\n\t\thosts ${ends.map(({ node }) => node).join(' ')};\n\t}\n`
}

const FENCING = '\t\tfencing resource-and-stonith;\n'

/** What the drbdadm of one version needs, and that of the other refuses. */
export const ONLY_IN = {
  8: { options: '', net: '', disk: FENCING, nodeId: () => '' },
  9: {
    options: '\toptions {\n\t\tauto-promote no;\n\t\tquorum off;\n\t}\n',
    net: FENCING,
    disk: '',
    nodeId: (id: number) => `\t\tnode-id ${id};\n`,
  },
} as const

/** drbd.conf(5), "address": IPv6 in brackets, after its family. */
export function drbdAddress(address: string): string {
  return address.includes(':') ? `ipv6 [${address}]` : address
}
