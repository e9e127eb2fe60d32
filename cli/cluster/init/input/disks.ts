import type { Json } from '../../../../system/json.ts'
import { listIn, numberIn, objectOf, parseJson, textIn } from '../../../../system/nodes/json.ts'
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
  readonly mountpoints: readonly unknown[]
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

/** Whether two nodes' devices have the same identity; undefined when one of them has none. */
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
  const disks = new Map(disksIn(examined).map(disk => [disk.path, disk]))
  const words = wordsIn(examined, 'ids')
  const free = new Map<string, Disk>()
  for (let index = 0; index < words.length; index += 2) {
    const disk = disks.get(words[index + 1] ?? '')
    if (disk && disk.type !== 'part' && !isUsed(disk)) free.set(words[index] ?? '', disk)
  }
  return free
}

function disksIn(examined: Sections): readonly Disk[] {
  const disks = disksOrProblem(examined)
  return typeof disks === 'string' ? [] : disks
}

/** Why the disks of a node are not known; undefined when they are. */
export function disksProblem(examined: Sections): string | undefined {
  const disks = disksOrProblem(examined)
  return typeof disks === 'string' ? disks : undefined
}

function disksOrProblem({ sections }: Sections): readonly Disk[] | string {
  const text = sections.get('disks') ?? ''
  if (text === '') return []
  try {
    return listIn(objectOf(parseJson(text)), 'blockdevices').map(diskOf)
  } catch (error) {
    if (error instanceof RangeError) return `lsblk: ${error.message}`
    throw error
  }
}

function diskOf(row: Json): Disk {
  const orNull = (key: string) => (row[key] === null ? null : textIn(row, key))
  const { mountpoints, children, ro } = row
  return {
    path: textIn(row, 'path'),
    serial: orNull('serial'),
    wwn: orNull('wwn'),
    size: numberIn(row, 'size'),
    type: textIn(row, 'type'),
    fstype: orNull('fstype'),
    // anything that is not certainly free counts as used
    ro: ro !== false,
    mountpoints: Array.isArray(mountpoints) ? mountpoints : ['?'],
    ...(Array.isArray(children) && { children }),
  }
}
