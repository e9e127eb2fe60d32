import type { System } from '../../system.ts'
import { excerpt, parseAnswer } from '../answer.ts'
import { runScriptOn, script } from '../script.ts'
import { draftOf, MARK, type Tree } from './new-tree.ts'

/**
 * Gives the draft $1 of a tree what is a container's own: the host name $2, a machine-id that is made at its first boot, name servers of
 * this node, and a mark. Prints what there is of an operating system. Nothing is written through a link of the image.
 */
export const FURNISH = script`
export LC_ALL=C
umask 022
set -C
tree=$1/tree
own() { rm -f -- "$tree/$1" && cat >"$tree/$1" && chown --reference="$tree" -- "$tree/$1"; }
if [ ! -d "$tree/usr" ] || [ -L "$tree/usr" ]; then
    echo "the image is not the root of an operating system: it has no directory usr" >&2
    exit 1
fi
[ ! -L "$tree/etc" ] || { echo "the image is not the root of an operating system: its etc is a link" >&2; exit 1; }
[ -d "$tree/etc" ] || mkdir -- "$tree/etc" || exit 1
printf '%s\\n' "$2" | own etc/hostname || exit 1
: | own etc/machine-id || exit 1
if [ ! -L "$tree/var" ] && [ ! -L "$tree/var/lib" ] && [ ! -L "$tree/var/lib/dbus" ] && [ ! -L "$tree/var/lib/dbus/machine-id" ]; then
    rm -f -- "$tree/var/lib/dbus/machine-id" || exit 1
fi
# a link leads to what a resolver inside writes
if [ ! -L "$tree/etc/resolv.conf" ]; then
    grep -E '^(nameserver|search|domain|options)[[:space:]]' /etc/resolv.conf 2>/dev/null |
        grep -vE '^nameserver[[:space:]]+(127\\.|::1([[:space:]]|$))' | own etc/resolv.conf || exit 1
fi
: | own ${MARK} || exit 1
for path in sbin/init usr/sbin/init lib/systemd/systemd usr/lib/systemd/systemd; do
    if [ -e "$tree/$path" ] || [ -L "$tree/$path" ]; then echo init; break; fi
done
for path in etc/os-release usr/lib/os-release; do
    if [ -e "$tree/$path" ] || [ -L "$tree/$path" ]; then echo os-release; break; fi
done
echo end
`

/** What a tree has of an operating system. */
export interface TreeFacts {
  readonly hasInit: boolean
  /** Without it systemd-nspawn boots nothing. */
  readonly hasRelease: boolean
}

/** Makes the draft of a tree one of its own, with that host name. @throws ToolFailed for what is not the root of an operating system. */
export async function furnishTree(system: System, tree: Tree, hostName: string): Promise<TreeFacts> {
  const finished = await runScriptOn(system, tree.node, { text: FURNISH, values: [draftOf(tree), hostName] })
  return parseAnswer(finished, text => {
    const lines = text.split('\n').filter(Boolean)
    if (lines.at(-1) !== 'end') throw new RangeError(`expected what the tree has, got ${excerpt(text)}`)
    return { hasInit: lines.includes('init'), hasRelease: lines.includes('os-release') }
  })
}
