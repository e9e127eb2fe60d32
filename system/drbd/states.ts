/**
 * The states of a connection and of the replication over it, in DRBD 8.4 and 9; a waiting one is WFConnection in 8.4, Connecting in 9.
 * @see drbd_strings.c of both
 */
export const CONNECTION_STATES: ReadonlySet<string> = new Set(
  (
    'StandAlone Disconnecting Unconnected Timeout BrokenPipe NetworkFailure ProtocolError TearDown WFConnection Connecting WFReportParams ' +
    'Connected StartingSyncS StartingSyncT WFBitMapS WFBitMapT WFSyncUUID SyncSource SyncTarget PausedSyncS PausedSyncT VerifyS ' +
    'VerifyT Ahead Behind'
  ).split(' '),
)

/** The states of a disk in DRBD 8.4 and 9. */
export const DISK_STATES: ReadonlySet<string> = new Set(
  'Diskless Attaching Detaching Failed Negotiating Inconsistent Outdated DUnknown Consistent UpToDate'.split(' '),
)
