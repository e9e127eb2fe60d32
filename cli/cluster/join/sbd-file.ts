import type { Fencing } from '../examine/fencing/fencing.ts'
import type { Fencing as NodeFencing } from '../init/input/request.ts'

/** The settings of sbd that are a node's own. */
const OWN = ['SBD_WATCHDOG_DEV']

/** The settings in the text of /etc/default/sbd that all nodes must share, as they are written there; the last one counts. */
export function sharedSettings(text: string): Record<string, string> {
  const lines = [...text.matchAll(/^(SBD_[A-Z_]+)=(.*)$/gm)]
  return Object.fromEntries(lines.flatMap(([, name = '', value = '']) => (OWN.includes(name) ? [] : [[name, value]])))
}

/**
 * How sbd fences a node of a cluster with that fencing, by the settings of a member; `nothing` where sbd has no part in it. Of several
 * disks the first one is compared.
 */
export function fencingOfNode({ sbdDevices, byWatchdog }: Fencing, sbdFile: string): NodeFencing {
  const [, disk = ''] = /^["']?([^"';]*)/.exec(sharedSettings(sbdFile).SBD_DEVICE ?? '') ?? []
  if (sbdDevices.length > 0 && disk.startsWith('/dev/')) return { by: 'disk', device: disk }
  return byWatchdog && sbdDevices.length === 0 ? { by: 'watchdog' } : { by: 'nothing' }
}
