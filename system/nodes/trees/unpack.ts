import { type System, ToolFailed } from '../../system.ts'
import { script, streamScriptOn } from '../script.ts'
import { draftOf, lockOf, type NewTree, REQUIRE_MOUNT } from './new-tree.ts'

/**
 * Unpacks the tar archive of the input in the directory `tree` of the new directory $2, while it holds a lock on the file $3. $1 is the mount. What
 * fails leaves nothing.
 *
 * The id $4 of the node becomes root of the tree, and so on. tar runs as that root, in a user namespace: it shifts all owners, and has no right to
 * a file or a device of the node. unshare alone writes such a map only by newuidmap, which may be missing; so nsenter enters that of a process which sleeps.
 */
export const UNPACK = script`${REQUIRE_MOUNT}
unset TAR_OPTIONS
umask 022
exec 9>"$3" && flock --nonblock 9 || { echo "$2 is being filled already" >&2; exit 1; }
as=
if [ "$4" != 0 ]; then
    unshare --user setpriv --pdeathsig KILL sleep 1d </dev/null >/dev/null 2>&1 9>&- &
    holder=$!
    trap 'kill -KILL "$holder"' EXIT
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        [ "$(readlink "/proc/$holder/ns/user")" = "$(readlink "/proc/$$/ns/user")" ] || break
        sleep 0.5
    done
    echo "0 $4 65536" >"/proc/$holder/uid_map" && echo "0 $4 65536" >"/proc/$holder/gid_map" || exit 1
    as="nsenter --target $holder --user --setuid 0 --setgid 0 --"
fi
mkdir -m 700 -- "$2" && mkdir -m 755 -- "$2/tree" && chown "$4:$4" -- "$2/tree" && cd -- "$2/tree" || exit 1
# shellcheck disable=SC2086 # words
said=$($as tar --extract --file=- --numeric-owner --same-owner --same-permissions --anchored '--exclude=./dev/*' '--exclude=dev/*' \\
    --acls --xattrs '--xattrs-include=user.*' --xattrs-include=security.capability 2>&1)
status=$?
# the first lines say why, the last ones only that there was something
said=$(printf '%s\\n' "$said" | grep -vE 'Removing leading|Exiting with failure status' | head -n 3)
if [ $status = 0 ]; then
    # such as an attribute that the file system does not have
    [ -z "$said" ] || printf '%s\\n' "$said"
    said=$({ chown "$4:$4" . && find . -xdev \\( -type b -o -type c \\) -delete && sync -f .; } 2>&1) && exit 0
fi
cd / && rm -rf --one-file-system -- "$2"
printf '%s\\n' "$said" >&2
exit 1
`

/**
 * Unpacks a tar archive as the draft of a tree, with owners, permissions, ACLs, capabilities and user attributes; `onProgress` gets how
 * many bytes were sent. Returns what tar warned of.
 * @throws Error where there is no room, ToolFailed for what tar refuses, the error of the bytes, the reason of the signal. Then there may be a draft.
 */
export async function unpackTree(
  system: System,
  tree: NewTree,
  bytes: AsyncIterable<Uint8Array>,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress: (bytes: number) => void },
): Promise<string[]> {
  const values = [tree.mount, draftOf(tree), lockOf(tree), String(tree.firstId)]
  const input = counted(bytes, onProgress)
  try {
    const output = await Array.fromAsync(streamScriptOn(system, tree.node, { text: UNPACK, values, input, signal }))
    return Buffer.concat(output).toString().split('\n').filter(Boolean)
  } catch (error) {
    if (!(error instanceof ToolFailed && error.finished.stderr.includes('No space left on device'))) throw error
    throw new Error(`${tree.node}: the file system on ${tree.mount} is full`, { cause: error })
  }
}

async function* counted(bytes: AsyncIterable<Uint8Array>, onProgress: (bytes: number) => void) {
  let sum = 0
  for await (const piece of bytes) {
    yield piece
    sum += piece.length
    onProgress(sum)
  }
}
