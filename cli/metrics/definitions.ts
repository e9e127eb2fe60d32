/*
 * All metrics as data: docs/metrics.md has a row for each, and the output has them in this order. Names and labels follow Prometheus'
 * conventions: base units, `_total` for counters, `_info` for facts that are labels.
 * @see https://prometheus.io/docs/practices/naming/
 */

interface Definition {
  readonly type: 'gauge' | 'counter'
  readonly help: string
  readonly labels: readonly string[]
}

/** What precedes every name. */
export const PREFIX = 'vhacs_'

const gauge = <const Labels extends readonly string[]>(help: string, ...labels: Labels) =>
  ({ type: 'gauge', help, labels }) as const
const counter = <const Labels extends readonly string[]>(help: string, ...labels: Labels) =>
  ({ type: 'counter', help, labels }) as const

/** The metrics by their names without the prefix. */
export const METRICS = {
  build_info: gauge('The version of vhacs on this node; always 1.', 'version'),
  drbd_module_info: gauge('The version of the loaded kernel module drbd; always 1.', 'version'),

  cluster_has_quorum: gauge('Whether the partition of this node has quorum.'),
  cluster_node_state: gauge('The state of a node of the cluster; 1 for the current state.', 'node', 'state'),
  incomplete_objects: gauge(
    'Objects in the CIB that look like parts of a storage or a vserver, but differ from what vhacs created.',
  ),

  storage_info: gauge('Where a storage is; always 1.', 'storage', 'device', 'address', 'directory'),
  storage_state: gauge('Whether a storage is meant to run; 1 for the current state.', 'storage', 'state'),
  storage_running: gauge('Whether both the export and the mount of a storage run.', 'storage'),
  storage_ready: gauge('Whether other nodes could take over the export and the mount.', 'storage'),
  layer_state: gauge('The state of a layer on a node; 1 for the current state.', 'storage', 'layer', 'node', 'state'),
  layer_failed: gauge('Whether an action of a layer has failed on a node.', 'storage', 'layer', 'node'),
  layer_degraded: gauge(
    'Why a layer works with a fault on a node; 1 for each reason.',
    ...(['storage', 'layer', 'node', 'reason'] as const),
  ),
  fence_constraints: gauge(
    'Constraints by which DRBD keeps outdated data of a storage from being promoted.',
    'storage',
  ),
  rehearsal_last_timestamp_seconds: gauge('When the last rehearsal of a failover ended, in Unix time.', 'storage'),
  rehearsal_last_success: gauge('Whether the last rehearsal of a failover passed.', 'storage'),
  rehearsal_last_pause_seconds: gauge('How long I/O paused in the last rehearsal.', 'storage', 'move'),
  verify_last_timestamp_seconds: gauge('When the last verification ended, in Unix time.', 'storage'),
  verify_last_success: gauge('Whether the two sides were equal, or were made equal after it.', 'storage'),
  verify_last_different_bytes: gauge('How much the last verification found to differ.', 'storage'),

  vserver_info: gauge('Where a vserver is; always 1.', ...(['vserver', 'storage', 'address', 'directory'] as const)),
  vserver_state: gauge(
    'Whether a vserver is meant to run; 1 for the current state.',
    ...(['vserver', 'storage', 'state'] as const),
  ),
  vserver_running: gauge('Whether the container of a vserver, and its address, run.', 'vserver', 'storage'),
  vserver_failed: gauge(
    'Whether an action of a vserver has failed on a node.',
    ...(['vserver', 'storage', 'node'] as const),
  ),
  vserver_degraded: gauge(
    'Why a vserver works with a fault on a node; 1 for each reason.',
    ...(['vserver', 'storage', 'node', 'reason'] as const),
  ),

  volume_active: gauge('Whether the logical volume is active on this node.', 'storage'),
  volume_suspended: gauge('Whether device-mapper holds the I/O of the logical volume.', 'storage'),
  volume_size_bytes: gauge('The size of the logical volume.', 'storage'),
  snapshot_used_ratio: gauge(
    'How full the side of a snapshot is, from 0 to 1; 1 if it is lost.',
    'storage',
    'snapshot',
  ),
  snapshot_watch_timestamp_seconds: gauge('When the watch over snapshots looked last on this node, in Unix time.'),

  drbd_role: gauge('The role of this side; 1 for the current role.', 'storage', 'role'),
  drbd_peer_role: gauge('The role of another side, as far as this side knows.', 'storage', 'peer', 'role'),
  drbd_connection_state: gauge(
    'The state of the connection to another side; 1 for the current state.',
    ...(['storage', 'peer', 'state'] as const),
  ),
  drbd_connected: gauge('Whether the connection to another side is established.', 'storage', 'peer'),
  drbd_disk_state: gauge('The state of the data of this side; 1 for the current state.', 'storage', 'state'),
  drbd_peer_disk_state: gauge(
    'The state of the data of another side; 1 for the current state.',
    ...(['storage', 'peer', 'state'] as const),
  ),
  drbd_up_to_date: gauge('Whether the data of this side are up to date.', 'storage'),
  drbd_io_suspended: gauge('Whether DRBD holds the I/O of this side.', 'storage'),
  drbd_has_quorum: gauge(
    'Whether this side has the majority that DRBD 9 asks for; 1 where it asks for none.',
    'storage',
  ),
  drbd_split_brain: gauge('Whether sides were written to while they were disconnected, and still differ.', 'storage'),
  drbd_out_of_sync_bytes: gauge(
    'What this and another side do not have in common, as far as this side knows.',
    ...(['storage', 'peer'] as const),
  ),
  drbd_resync_ratio: gauge(
    'The progress of the running resync or verification with another side, from 0 to 1.',
    ...(['storage', 'peer'] as const),
  ),
  drbd_size_bytes: gauge('The size of the DRBD device.', 'storage'),

  target_enabled: gauge('Whether the iSCSI target accepts logins on this node.', 'storage'),
  target_sessions: gauge('Initiators that are logged in to the target.', 'storage'),

  session_state: gauge('The state of a session of this node; 1 for the current state.', 'storage', 'portal', 'state'),
  session_connected: gauge('Whether a session is logged in and its disk does I/O.', 'storage', 'portal'),
  session_recovery_seconds: gauge('How long the session has been in recovery; 0 if it is not.', 'storage', 'portal'),
  session_recovery_limit_seconds: gauge(
    'How long the session may be in recovery until I/O fails.',
    'storage',
    'portal',
  ),

  filesystem_read_only: gauge('Whether the mounted file system accepts no writes.', 'storage'),
  filesystem_errors_total: counter('Errors that the kernel found in the file system since its last check.', 'storage'),
  filesystem_size_bytes: gauge('The size of the mounted file system.', 'storage'),
  filesystem_free_bytes: gauge('The free space of the mounted file system, with that reserved for root.', 'storage'),
  filesystem_avail_bytes: gauge('The space of the mounted file system that all users may use.', 'storage'),
  filesystem_files: gauge('The inodes of the mounted file system.', 'storage'),
  filesystem_files_free: gauge('The free inodes of the mounted file system.', 'storage'),

  container_state: gauge(
    'The state of a container of this node; 1 for the current state.',
    ...(['vserver', 'storage', 'state'] as const),
  ),
  container_memory_bytes: gauge('The memory that a container uses.', 'vserver', 'storage'),
  container_cpu_seconds_total: counter('The CPU time that a container has used.', 'vserver', 'storage'),

  scrape_success: gauge('Whether a part of the node could be read completely.', 'part'),
  scrape_duration_seconds: gauge('How long it took to read the node.'),
} as const satisfies Record<string, Definition>

export type MetricName = keyof typeof METRICS
export type LabelsOf<Name extends MetricName> = Readonly<Record<(typeof METRICS)[Name]['labels'][number], string>>

/** One line of the output. */
export interface Sample {
  readonly name: MetricName
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** A value of a metric, with exactly its labels. @throws Error for one that is no number, as of a file of unknown form. */
export function sample<Name extends MetricName>(name: Name, value: number | boolean, labels: LabelsOf<Name>): Sample {
  if (Number.isNaN(Number(value))) throw new Error(`${PREFIX}${name}${labelsIn(labels)}: a number is expected`)
  return { name, labels, value: Number(value) }
}

function labelsIn(labels: Readonly<Record<string, string>>): string {
  const values = Object.values(labels).join(', ')
  return values === '' ? '' : ` of ${values}`
}
