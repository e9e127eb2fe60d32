import type { System } from '../../system.ts'
import { runScriptOn, script } from '../script.ts'

/** Whether a process has the argument $1/$2, in two parts so that it does not find itself. */
export const BEING_READ = script`
for file in /proc/[0-9]*/cmdline; do
    tr '\\0' '\\n' 2>/dev/null <"$file" | grep -qxF -- "$1/$2" && exit 0
done
exit 1
`

/** The device of a volume. */
export function volumeDevice(volumeGroup: string, volume: string): string {
  return `/dev/${volumeGroup}/${volume}`
}

/** Whether something that vhacs has started reads the device of a volume on a node. @throws ToolFailed */
export async function isBeingRead(
  system: System,
  node: string,
  { volumeGroup, volume }: { readonly volumeGroup: string; readonly volume: string },
): Promise<boolean> {
  const values = [`/dev/${volumeGroup}`, volume]
  const options = { looks: true, timeoutSeconds: 60, accepted: [0, 1] } as const
  return (await runScriptOn(system, node, { text: BEING_READ, values, ...options })).status === 0
}
