import { type Sections, wordsIn } from '../../examine/examination.ts'

/** A block device, as lsblk(8) shows it. */
export interface Disk {
  readonly path: string
  readonly serial: string | null
  readonly wwn: string | null
  readonly size: number
  readonly type: string
  readonly fstype: string | null
  readonly ro: boolean
  readonly mountpoints: readonly (string | null)[]
  /** Partitions, and devices on top of it. */
  readonly children?: readonly unknown[]
}

/** The disk requested for sbd; undefined when the node has no such device. */
export function chosenDisk(examined: Sections): Disk | undefined {
  const path = examined.sections.get('disk')
  return disksIn(examined).find(disk => disk.path === path)
}

/** Whether it is in use, holds anything, or is read-only. */
export function isUsed({ children = [], fstype, mountpoints, ro }: Disk): boolean {
  return ro || fstype !== null || children.length > 0 || mountpoints.some(point => point !== null)
}

/** Whether two nodes' devices identify as the same disk; undefined when one of them has no identity. */
export function isSameDisk(one: Disk, other: Disk): boolean | undefined {
  if (one.size !== other.size) return false
  if (one.wwn !== null && other.wwn !== null) return one.wwn === other.wwn
  return one.serial === null || other.serial === null ? undefined : one.serial === other.serial
}

/** Persistent names of the unused disks that look like the same disk on all nodes. */
export function sharedDisks(examinations: readonly Sections[]): string[] {
  const free = examinations.map(freeDisks)
  const [first, ...others] = free
  return [...(first ?? [])].flatMap(([link, disk]) => {
    const isShared = others.every(disks => {
      const other = disks.get(link)
      return other !== undefined && isSameDisk(disk, other) === true
    })
    return isShared && others.length > 0 ? [link] : []
  })
}

/** Unused disks, by their names in /dev/disk/by-id. */
export function freeDisks(examined: Sections): Map<string, Disk> {
  const disks = disksIn(examined)
  const words = wordsIn(examined, 'ids')
  const free = new Map<string, Disk>()
  for (let index = 0; index < words.length; index += 2) {
    const disk = disks.find(({ path, type }) => path === words[index + 1] && type !== 'part')
    if (disk && !isUsed(disk)) free.set(words[index] ?? '', disk)
  }
  return free
}

function disksIn({ sections }: Sections): readonly Disk[] {
  const { blockdevices }: { blockdevices: readonly Disk[] } = JSON.parse(sections.get('disks') || '{"blockdevices":[]}')
  return blockdevices
}
