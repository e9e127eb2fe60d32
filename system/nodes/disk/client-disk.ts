import { type ExtSuperblock, parseSuperblock } from '../../block/ext-superblock.ts'
import type { System } from '../../system.ts'
import { excerpt, parseAnswer } from '../answer.ts'
import { runScriptOn, script } from '../script.ts'
import { runOn } from '../ssh.ts'

/** What is mounted on a directory of a vhost. */
export interface ClientDisk {
  /** The disk, or a map over it. */
  readonly device: string
  readonly sizeBytes: number
  /** Undefined for another content than an ext file system. */
  readonly filesystem: ExtSuperblock | undefined
}

/** What is mounted on each of the directories; may hang where the I/O of a mount does. */
export const CLIENT_DISKS = script`
for directory; do
    device=$(findmnt -fnro SOURCE --mountpoint "$directory")
    [ -b "$device" ] || continue
    name=$(readlink -e -- "$device")
    echo "directory $directory"
    echo "device $device"
    echo "sectors $(cat "/sys/class/block/\${name##*/}/size")"
    echo "superblock $(dd if="$device" bs=1024 count=2 2>/dev/null | od -An -v -tx1 | tr -d ' \\n')"
done
`

/** The disks by their directories; those where nothing is mounted are left out. @throws ToolFailed */
export async function clientDisksOn(
  system: System,
  node: string,
  directories: readonly string[],
  timeoutSeconds = 60,
): Promise<ReadonlyMap<string, ClientDisk>> {
  const finished = await runScriptOn(system, node, {
    text: CLIENT_DISKS,
    values: directories,
    looks: true,
    timeoutSeconds,
  })
  return parseAnswer(finished, parseClientDisks)
}

/** @throws RangeError for text of another form. */
export function parseClientDisks(text: string): ReadonlyMap<string, ClientDisk> {
  const disks = new Map<string, ClientDisk>()
  const lines = text.split('\n').filter(Boolean)
  for (let index = 0; index < lines.length; index += FACTS.length) {
    const [directory = '', device = '', sectors = '', superblock = ''] = FACTS.map((name, offset) =>
      factIn(lines[index + offset] ?? '', name),
    )
    if (!/^\/dev\/[\w./!:+-]{1,200}$/.test(device)) throw new RangeError(`expected a device, got ${excerpt(device)}`)
    if (!/^\d{1,16}$/.test(sectors)) throw new RangeError(`expected the size of ${device}, got ${excerpt(sectors)}`)
    const filesystem = parseSuperblock(Buffer.from(superblock, 'hex'))
    disks.set(directory, { device, sizeBytes: Number(sectors) * 512, filesystem })
  }
  return disks
}

const FACTS = ['directory', 'device', 'sectors', 'superblock'] as const

function factIn(line: string, name: string): string {
  if (!line.startsWith(`${name} `)) throw new RangeError(`expected the ${name} of a mount, got ${excerpt(line)}`)
  return line.slice(name.length + 1)
}

/** Makes an initiator read the size of a target's disks again, in each session, and then multipathd that of their map: $1 is the target. */
export const RESCAN = script`
found=
for session in /sys/class/iscsi_session/session*; do
    [ -e "$session/targetname" ] && read -r target <"$session/targetname" && [ "$target" = "$1" ] || continue
    found=$session
    iscsiadm --mode session --sid "\${session##*/session}" --rescan || exit
done
[ -n "$found" ] || { echo "there is no session of $1" >&2; exit 1; }
for session in /sys/class/iscsi_session/session*; do
    [ -e "$session/targetname" ] && read -r target <"$session/targetname" && [ "$target" = "$1" ] || continue
    for map in "$session"/device/target*/*:*/block/*/holders/*/dm; do
        case $(cat "$map/uuid" 2>/dev/null) in mpath-*) multipathd resize map "$(cat "$map/name")" ;; esac
    done
done
exit 0
`

/** @throws ToolFailed when there is no session, or one does not answer. */
export async function rescanDisk(system: System, node: string, iqn: string): Promise<void> {
  await runScriptOn(system, node, { text: RESCAN, values: [iqn], timeoutSeconds: 60 })
}

/** A large file system takes as long as its new tables take to be written. */
const RESIZE_SECONDS = 12 * 3600

/** Makes a mounted ext file system as large as its device. */
export async function growFilesystem(system: System, node: string, device: string): Promise<void> {
  await runOn(system, node, ['resize2fs', device], { timeoutSeconds: RESIZE_SECONDS })
}
