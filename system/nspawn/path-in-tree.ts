import { hasCode, isNotFound, type System } from '../system.ts'

/** The limit of Linux for the links that one path may lead through. */
const MOST_LINKS = 40

/**
 * The file to which a path leads for a process whose root is the tree, as a path of this node without links in the tree; undefined when
 * it leads to none. An absolute link begins at the tree, and `..` never leads out of it, whatever the container has made of its files.
 */
export function pathInTree(system: System, tree: string, path: string): string | undefined {
  const ahead = partsOf(path).toReversed()
  const place: string[] = []
  for (let links = 0; ahead.length > 0; ) {
    const part = ahead.pop() ?? ''
    if (part === '..') place.pop()
    if (part === '..') continue
    const target = linkAt(system, [tree, ...place, part].join('/'))
    if (target === undefined) return undefined
    if (target === '') {
      place.push(part)
      continue
    }
    links += 1
    if (links > MOST_LINKS) return undefined
    if (target.startsWith('/')) place.length = 0
    ahead.push(...partsOf(target).toReversed())
  }
  return [tree, ...place].join('/')
}

function partsOf(path: string): string[] {
  return path.split('/').filter(part => part !== '' && part !== '.')
}

/** The text of a link, which is never empty; empty for anything else, and undefined for nothing. */
function linkAt(system: System, path: string): string | undefined {
  try {
    return system.readLink(path)
  } catch (error) {
    if (hasCode(error, 'EINVAL')) return ''
    if (isNotFound(error) || hasCode(error, 'ENAMETOOLONG')) return undefined
    throw error
  }
}
