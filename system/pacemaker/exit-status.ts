/** Exit statuses of Pacemaker's tools. @see Pacemaker, include/crm/common/results.h, crm_exit_t */
export const crmExit = {
  /** Pacemaker's daemons are not running on this node. */
  disconnected: 102,
  /** The CIB is newer than the patch. */
  old: 103,
  noSuchElement: 105,
  /** The element exists already, or the resource already runs there. */
  exists: 108,
} as const
