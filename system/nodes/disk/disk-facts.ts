import type { System } from '../../system.ts'
import { excerpt, parseAnswer } from '../answer.ts'
import { runScriptOn, script } from '../script.ts'
import type { VhostDisk } from './io-watch.ts'

/**
 * What identifies a disk for its users, and the path to it: $1 is the link, $2 the mounted device, $3 the directory. One fact a line, a
 * name and the rest. The identity is asked of the target (scsi_id, which every udev has), because what sysfs shows is from the login; the
 * last block proves that the target's disk is not smaller than the initiator believes. Blocks are read first: that waits until the session is
 * back, which may be some seconds after the export.
 *
 * Hangs where the I/O of the mount does.
 */
export const DISK_FACTS = script`
disk=$(readlink -e -- "$1") || { echo "there is no disk $1" >&2; exit 1; }
name=\${disk##*/}
session=$(readlink -e "/sys/block/$name/device")
session=\${session%/target*}
session=\${session##*/}
class=/sys/class/iscsi_session/$session
connection=/sys/class/iscsi_connection/connection\${session#session}:0
read -r sectors <"/sys/block/$name/size"
for block in 0 $((sectors / 8 - 1)); do
    dd if="$2" of=/dev/null bs=4096 skip=$block count=1 iflag=direct 2>/dev/null || echo "unreadable block $block of $2"
done
fact() { echo "$1 $(cat "$2" 2>/dev/null)"; }
echo "disk $disk"
echo "session $session"
fact state "$class/state"
fact target "$class/targetname"
echo "portal $(cat "$connection/persistent_address" "$connection/persistent_port" 2>/dev/null | tr '\\n' ' ')"
fact sectors "/sys/block/$name/size"
fact wwid "/sys/block/$name/device/wwid"
for page in 0x80 0x83; do
    for tool in /usr/lib/udev/scsi_id /lib/udev/scsi_id; do
        [ ! -x $tool ] || { echo "page $page $($tool --whitelisted --page=$page --device="$disk" 2>&1)"; break; }
    done
done
echo "mount $(findmnt --noheadings --raw --output ID,SOURCE,FSTYPE,OPTIONS --mountpoint "$3" | tail -n 1)"
`

/** Facts by their names, such as `wwid`. */
export type DiskFacts = ReadonlyMap<string, string>

/** Those without which nothing can be compared. */
const NEEDED = ['disk', 'session', 'state', 'target', 'sectors', 'mount']

/**
 * The facts about the disk of a mount, asked of the kernel and of the target.
 * @throws ToolFailed when the node cannot be reached, or its I/O waits for so long; UnexpectedAnswer for text of another form.
 */
export async function diskFacts(
  system: System,
  { node, link, device }: VhostDisk,
  { directory, timeoutSeconds }: { readonly directory: string; readonly timeoutSeconds: number },
): Promise<DiskFacts> {
  const values = [link, device, directory]
  const finished = await runScriptOn(system, node, { text: DISK_FACTS, values, looks: true, timeoutSeconds })
  return parseAnswer(finished, parseDiskFacts)
}

/** @throws RangeError for text of another form. */
export function parseDiskFacts(text: string): DiskFacts {
  const facts = new Map<string, string>()
  for (const line of text.split('\n').filter(Boolean)) {
    const words = line.split(' ')
    const count = words[0] === 'page' ? 2 : 1
    const name = words.slice(0, count).join(' ')
    if (name === '') throw new RangeError(`expected a fact about a disk, got ${excerpt(line)}`)
    facts.set(name, words.slice(count).join(' ').trim())
  }
  const missing = NEEDED.filter(name => (facts.get(name) ?? '') === '')
  if (missing.length > 0) throw new RangeError(`no ${missing.join(', ')} of the disk is shown`)
  return facts
}
