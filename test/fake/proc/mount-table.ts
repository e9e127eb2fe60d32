export interface FakeMount {
  /** `major:minor` */
  readonly device: string
  readonly source: string
  readonly mountPoint: string
  readonly fileSystem: string
  /** The directory of the file system that is mounted; all of it, by default. */
  readonly root?: string
  options: string
  superOptions: string
  /** The kernel does not release it, whatever processes do. */
  isHeld?: boolean
  /** It came here with a namespace that must not unmount it. */
  isLocked?: boolean
}

const ids = new WeakMap<FakeMount, number>()
let lastId = 21

/** /proc/PID/mountinfo for a table. */
export function mountInfoText(table: readonly FakeMount[]): string {
  const parents = parentsIn(table)
  return table
    .map((entry, index) => {
      const { device, root = '/', mountPoint, options, fileSystem, source, superOptions } = entry
      const place = `${escaped(root)} ${escaped(mountPoint)} ${options} shared:1`
      const parent = parents[index]
      return `${idOf(entry)} ${parent ? idOf(parent) : 1} ${device} ${place} - ${fileSystem} ${escaped(source)} ${superOptions}\n`
    })
    .join('')
}

function escaped(text: string): string {
  return text.replace(/[ \t\n\\]/g, character => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`)
}

export function idOf(entry: FakeMount): number {
  const known = ids.get(entry)
  if (known !== undefined) return known
  lastId += 1
  ids.set(entry, lastId)
  return lastId
}

/** The mount that a path leads to. */
export function visibleAt(table: readonly FakeMount[], path: string): FakeMount | undefined {
  return walk(table, parentsIn(table), path)
}

/** Whether another mount stands on it. */
export function hasChildren(table: readonly FakeMount[], entry: FakeMount): boolean {
  return parentsIn(table).includes(entry)
}

/** Each was mounted where its path led at that time. */
function parentsIn(table: readonly FakeMount[]): (FakeMount | undefined)[] {
  const parents: (FakeMount | undefined)[] = []
  for (const [index, { mountPoint }] of table.entries()) parents.push(walk(table.slice(0, index), parents, mountPoint))
  return parents
}

/** From each mount the kernel enters the first one on its way. */
function walk(table: readonly FakeMount[], parents: readonly (FakeMount | undefined)[], path: string) {
  const isAbove = ({ mountPoint }: FakeMount) =>
    path === mountPoint || path.startsWith(mountPoint === '/' ? '/' : `${mountPoint}/`)
  let place: FakeMount | undefined
  for (const _ of table) {
    const next = table
      .filter((entry, index) => parents[index] === place && isAbove(entry))
      .toSorted((a, b) => a.mountPoint.length - b.mountPoint.length)
    if (next[0] === undefined) return place
    place = next[0]
  }
  return place
}
