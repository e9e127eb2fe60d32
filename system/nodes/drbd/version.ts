import { type DrbdVersion, parseDrbdVersion } from '../../drbd/proc-drbd.ts'
import type { System } from '../../system.ts'
import { parseAnswer } from '../answer.ts'
import { runOn } from '../ssh.ts'
import { parseDrbdReport } from './report.ts'

/**
 * The version of the module drbd that a node runs or, where none is loaded, that it would load; undefined where its kernel has none.
 * @throws ToolFailed, naming the node.
 */
export async function drbdVersionOn(system: System, node: string): Promise<DrbdVersion | undefined> {
  const options = { looks: true, timeoutSeconds: 30 } as const
  // 1: the file does not exist
  const proc = await runOn(system, node, ['cat', '/proc/drbd'], { ...options, accepted: [0, 1] })
  const report = parseAnswer(proc, text => parseDrbdReport(text, ''))
  if (report !== undefined) return report.version
  const found = await runOn(system, node, ['modinfo', '-F', 'version', 'drbd'], { ...options, accepted: [0, 1] })
  return parseDrbdVersion(found.stdout.trim())
}
