import type { System } from '../../system.ts'
import { excerpt, parseAnswer } from '../answer.ts'
import { runScriptOn, script } from '../script.ts'
import { draftOf, MARK, type Tree } from './new-tree.ts'

/**
 * Gives the draft $1 of a tree what is a container's own: the host name $2, a machine-id that is made at its first boot, name servers of
 * this node, and a mark. Nothing is written through a link of the image.
 */
export const FURNISH = script`
export LC_ALL=C
umask 022
set -C
tree=$1/tree
own() { rm -f -- "$tree/$1" && cat >"$tree/$1" && chown --reference="$tree" -- "$tree/$1"; }
[ ! -L "$tree/etc" ] || { echo "etc of the image is a link" >&2; exit 1; }
[ -d "$tree/etc" ] || mkdir -- "$tree/etc" || exit 1
printf '%s\n' "$2" | own etc/hostname || exit 1
: | own etc/machine-id || exit 1
if [ ! -L "$tree/var" ] && [ ! -L "$tree/var/lib" ] && [ ! -L "$tree/var/lib/dbus" ] && [ ! -L "$tree/var/lib/dbus/machine-id" ]; then
    rm -f -- "$tree/var/lib/dbus/machine-id" || exit 1
fi
# a link leads to what a resolver inside writes
if [ ! -L "$tree/etc/resolv.conf" ]; then
    grep -E '^(nameserver|search|domain|options)[[:space:]]' /etc/resolv.conf 2>/dev/null |
        grep -vE '^nameserver[[:space:]]+(127\\.|::1([[:space:]]|$))' | own etc/resolv.conf || exit 1
fi
# of the user root of the node, whom the container is not
rm -f -- "$tree/${MARK}" && : >"$tree/${MARK}" || exit 1
`

/** Makes the draft of a tree one of its own, with that host name. @throws ToolFailed */
export async function furnishTree(system: System, tree: Tree, hostName: string): Promise<void> {
  await runScriptOn(system, tree.node, { text: FURNISH, values: [draftOf(tree), hostName] })
}

/** Prints what the draft $1 of a tree has of an operating system. */
export const EXAMINE = script`
tree=$1/tree
has() { if [ -e "$tree/$1" ] || [ -L "$tree/$1" ]; then return 0; fi; return 1; }
if [ -d "$tree/usr" ] && [ ! -L "$tree/usr" ]; then echo usr; fi
if has sbin/init || has lib/systemd/systemd || has usr/lib/systemd/systemd; then echo init; fi
if has etc/os-release || has usr/lib/os-release; then echo os-release; fi
echo end
`

/** What an image lacks. */
type Lack = 'usr' | 'init' | 'os-release'

/** What the draft of a tree lacks for systemd-nspawn to run it; `init` and `os-release` it needs only to boot. @throws ToolFailed */
export async function lacksOf(system: System, tree: Tree): Promise<Lack[]> {
  const call = { text: EXAMINE, values: [draftOf(tree)], looks: true } as const
  const finished = await runScriptOn(system, tree.node, call)
  return parseAnswer(finished, text => {
    const lines = text.split('\n').filter(Boolean)
    if (lines.at(-1) !== 'end') throw new RangeError(`expected what the tree has, got ${excerpt(text)}`)
    const parts: readonly Lack[] = ['usr', 'init', 'os-release']
    return parts.filter(part => !lines.includes(part))
  })
}
