import { type DrbdReport, parseDrbdReport } from '../../../system/nodes/drbd/report.ts'
import type { Sections } from './examination.ts'

/**
 * What DRBD of a node reported; undefined when it is not loaded.
 * @throws RangeError for what DRBD does not print.
 */
export function drbdIn({ sections }: Sections): DrbdReport | undefined {
  return parseDrbdReport(sections.get('replication') ?? '', sections.get('drbd-status') ?? '')
}
