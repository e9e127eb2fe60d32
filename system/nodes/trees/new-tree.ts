import { posix } from 'node:path'
import { RUN_DIRECTORY } from '../../files.ts'

/** A directory with the root of an operating system, on the file system of a mount of a node. */
export interface Tree {
  readonly node: string
  /** Where the file system is mounted. */
  readonly mount: string
  /** Its path, below the mount. */
  readonly directory: string
}

/** A tree to be made. */
export interface NewTree extends Tree {
  /** The id of the node that is root of the tree; 0 where ids are those of the node. */
  readonly firstId: number
}

/**
 * A file in a tree from before it gets its place until its creation is complete: what has it may be removed. It belongs to root of the node, so that
 * no container in a user namespace can make one.
 */
export const MARK = '.vhacs-new'

/** In a script: whether the directory $3 has the mark. */
export const IS_MARKED = `[ ! -L "$3" ] && [ ! -L "$3/${MARK}" ] && [ -f "$3/${MARK}" ] && [ "$(stat -c %u -- "$3/${MARK}")" = 0 ]`

/** The directory beside a tree in which it is made, and removed. Root alone may enter it. */
export function draftOf({ directory }: Tree): string {
  return posix.join(posix.dirname(directory), `.vhacs-new-${posix.basename(directory)}`)
}

/** The file on its node that is locked while something writes to the draft. */
export function lockOf({ directory }: Tree): string {
  return `${RUN_DIRECTORY}/tree-${posix.basename(directory)}`
}

/** The first lines of a script: $1 is the directory of the mount. */
export const REQUIRE_MOUNT = `
export LC_ALL=C
mountpoint -q -- "$1" || { echo "nothing is mounted on $1" >&2; exit 1; }
mkdir -p -- ${RUN_DIRECTORY} || exit 1
`
