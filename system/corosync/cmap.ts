import { runToSuccess, type System, type Tool } from '../system.ts'

const cmapctl: Tool = { name: 'corosync-cmapctl', package: 'corosync' }

/** The map with the configuration and the members, and the one with the statistics. */
export type CmapName = 'icmap' | 'stats'

/**
 * The values of a map of the local corosync, by their keys.
 * @throws ToolFailed when corosync is not running, or does not answer.
 */
export async function readCmap(
  system: System,
  name: CmapName,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await runToSuccess(system, cmapctl, ['-m', name], { signal, looks: true })
  return parseCmap(stdout)
}

/** @see corosync-cmapctl(8): lines such as `runtime.members.2.status (str) = joined` */
export function parseCmap(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  for (const line of text.split('\n')) {
    const equals = line.indexOf(' = ')
    const [key, type, ...more] = line.slice(0, Math.max(equals, 0)).split(' ')
    if (key && type?.startsWith('(') && more.length === 0) values.set(key, line.slice(equals + 3).trim())
  }
  return values
}
