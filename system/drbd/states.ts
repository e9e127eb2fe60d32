/** The states of a connection in DRBD 8.4. @see DRBD 8.4, drbd_strings.c */
export const CONNECTION_STATES: ReadonlySet<string> = new Set(
  (
    'StandAlone Disconnecting Unconnected Timeout BrokenPipe NetworkFailure ProtocolError TearDown WFConnection WFReportParams ' +
    'Connected StartingSyncS StartingSyncT WFBitMapS WFBitMapT WFSyncUUID SyncSource SyncTarget PausedSyncS PausedSyncT VerifyS ' +
    'VerifyT Ahead Behind'
  ).split(' '),
)

/** The states of a disk in DRBD 8.4. */
export const DISK_STATES: ReadonlySet<string> = new Set(
  'Diskless Attaching Failed Negotiating Inconsistent Outdated DUnknown Consistent UpToDate'.split(' '),
)
