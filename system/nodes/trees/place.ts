import type { System } from '../../system.ts'
import { excerpt, parseAnswer } from '../answer.ts'
import { runScriptOn, script } from '../script.ts'
import { draftOf, IS_MARKED, lockOf, MARK, REQUIRE_MOUNT, type Tree } from './new-tree.ts'

/** Moves the tree in the draft $2 to its place $3; $1 is the mount. What is written to a disk that fails later is reported here. */
export const PUT_IN_PLACE = script`${REQUIRE_MOUNT}
[ ! -e "$3" ] && [ ! -L "$3" ] || { echo "$3 exists" >&2; exit 1; }
sync -f -- "$2" && mv -T -- "$2/tree" "$3" && rmdir -- "$2" && sync -f -- "$1"
`

/** Gives the draft of a tree its place, in one moment. @throws ToolFailed where something exists there. */
export async function putTreeInPlace(system: System, tree: Tree): Promise<void> {
  await runScriptOn(system, tree.node, { text: PUT_IN_PLACE, values: [tree.mount, draftOf(tree), tree.directory] })
}

/** In front of what removes the tree $3 by way of the directory $2: it must be below the mount $1, and nothing may be mounted in it. */
const REQUIRE_OWN = `
case "$3" in "$1"/?*) ;; *) echo "$3 is not below $1" >&2; exit 1 ;; esac
if [ "$(realpath -e -- "$3")" != "$3" ] || [ ! -d "$3" ]; then echo "$3 is not a directory, or has a link in its path" >&2; exit 1; fi
if [ "$(stat -c %d -- "$3")" != "$(stat -c %d -- "$1")" ]; then echo "another file system is mounted on $3" >&2; exit 1; fi
if findmnt --raw --noheadings --output TARGET | grep -qF -- "$3/"; then echo "something is mounted below $3" >&2; exit 1; fi
`

/** Nobody finds half of a tree under its name: it is moved away first. */
const REMOVE_BY_DRAFT = `
rm -rf --one-file-system -- "$2" && mkdir -m 700 -- "$2" && mv -T -- "$3" "$2/tree" || exit 1
`

/** Waits for what still writes to the draft $2, and removes that; also the tree $3 if it has the mark. $1 is the mount, $4 the lock. */
export const REMOVE_UNFINISHED = script`${REQUIRE_MOUNT}
exec 9>"$4" && flock --timeout 60 9 || { echo "something still writes to $2" >&2; exit 1; }
if ${IS_MARKED}; then
${REQUIRE_OWN}${REMOVE_BY_DRAFT}
fi
rm -rf --one-file-system -- "$2" && rm -f -- "$4"
`

/** Removes what an unfinished creation of a tree left, if anything. @throws ToolFailed */
export async function removeUnfinishedTree(system: System, tree: Tree): Promise<void> {
  const values = [tree.mount, draftOf(tree), tree.directory, lockOf(tree)]
  await runScriptOn(system, tree.node, { text: REMOVE_UNFINISHED, values, timeoutSeconds: REMOVAL_SECONDS })
}

/** Removes the tree $3 by way of the directory $2; $1 is the mount. */
export const REMOVE_TREE = script`${REQUIRE_MOUNT}
if [ -e "$3" ] || [ -L "$3" ]; then
${REQUIRE_OWN}${REMOVE_BY_DRAFT}
fi
rm -rf --one-file-system -- "$2"
`

/** Millions of files take a while. */
const REMOVAL_SECONDS = 3600

/** Removes a tree, which nothing may use, with all that is in it. It need not exist. @throws ToolFailed */
export async function removeTree(system: System, tree: Tree): Promise<void> {
  const values = [tree.mount, draftOf(tree), tree.directory]
  await runScriptOn(system, tree.node, { text: REMOVE_TREE, values, timeoutSeconds: REMOVAL_SECONDS })
}

/** The creation of a tree is complete. */
export async function removeMark(system: System, { node, directory }: Tree): Promise<void> {
  await runScriptOn(system, node, { text: REMOVE_MARK, values: [directory] })
}

export const REMOVE_MARK = script`[ -L "$1" ] || rm -f -- "$1/${MARK}"`

/** Prints whether something is at the place $3 of a tree, and whether it has the mark. $1 is the mount, $2 the draft. */
export const LOOK = script`${REQUIRE_MOUNT}
if [ ! -e "$3" ] && [ ! -L "$3" ]; then echo free
elif ${IS_MARKED}; then echo unfinished
elif [ ! -L "$3" ] && [ -d "$3" ]; then echo directory
else echo other; fi
`

const FOUND = ['free', 'unfinished', 'directory', 'other'] as const
export type FoundAtPlace = (typeof FOUND)[number]

/** What is at the place of a tree. @throws ToolFailed where its file system is not mounted. */
export async function lookAtPlace(system: System, tree: Tree): Promise<FoundAtPlace> {
  const { node, mount, directory } = tree
  const call = { text: LOOK, values: [mount, draftOf(tree), directory], looks: true, timeoutSeconds: 60 } as const
  const finished = await runScriptOn(system, node, call)
  return parseAnswer(finished, text => {
    const found = FOUND.find(word => word === text.trim())
    if (found === undefined) throw new RangeError(`expected what is at ${directory}, got ${excerpt(text)}`)
    return found
  })
}
