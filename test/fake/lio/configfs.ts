import type { FakeSystem } from '../system.ts'
import { type Directory, directory, type Entry, file, liveFile, refuse } from '../tree.ts'

/** Where each link of a configfs leads, by its path. */
export type Links = Map<string, string>

/** An item of configfs, with its own rules. */
export interface Item {
  readonly path: string
  readonly attributes?: Readonly<Record<string, Entry | string>>
  /** Default groups. */
  readonly groups?: Readonly<Record<string, Directory>>
  readonly make?: (name: string) => Directory
  readonly link?: (target: string) => void
  readonly unlink?: () => void
  readonly removed?: () => void
  readonly isFixed?: boolean
}

/**
 * configfs as the kernel 6.1 has it: mkdir makes an item with its attributes and default groups, which can neither be removed
 * on their own nor be added to; an item that something links to is busy.
 */
export function item(system: FakeSystem, links: Links, { path, attributes = {}, groups = {}, ...rules }: Item) {
  const files = Object.entries(attributes).map(([name, value]): [string, Entry] => [
    name,
    typeof value === 'string' ? file(value) : value,
  ])
  const made = directory(
    {
      make: rules.make ?? (() => refuse('EPERM')),
      link: (name, target) => {
        if (rules.link === undefined) refuse('EPERM')
        system.stat(target)
        rules.link(target)
        links.set(`${path}/${name}`, target)
      },
      unlink: name => {
        if (name in attributes || name in groups) refuse('EPERM')
        if (links.delete(`${path}/${name}`)) rules.unlink?.()
      },
      removed: () => {
        if (rules.isFixed) refuse('EPERM')
        if ([...links.values()].includes(path)) refuse('EBUSY')
        if (hasOwnItems(made)) refuse('ENOTEMPTY')
        rules.removed?.()
      },
    },
    { ...Object.fromEntries(files), ...groups },
  )
  fixed.set(made, Object.keys(groups))
  return made
}

/** The default groups of an item: they go with it. */
const fixed = new WeakMap<Directory, readonly string[]>()

function hasOwnItems(item: Directory): boolean {
  const groups = fixed.get(item) ?? []
  return [...item.entries].some(([name, entry]) => {
    if (entry.kind === 'link') return true
    if (entry.kind !== 'directory') return false
    return groups.includes(name) ? hasOwnItems(entry) : true
  })
}

/** An attribute that takes only some texts, and shows them with a newline; another is refused with an errno. */
export function attribute(text: string, refused: (text: string) => string | undefined): Entry {
  let content = text
  return liveFile(
    () => `${content}\n`,
    next => {
      const code = refused(next.trim())
      if (code !== undefined) refuse(code)
      content = next.replace(/\n$/, '')
    },
  )
}
