import { join } from 'node:path'
import { root } from '../../build/root.ts'
import { script } from '../../system/nodes/script.ts'
import { commandOn, lab, on } from './lab.ts'
import type { WriterScripts } from './load.ts'

/* A container on a storage, and a writer in it: a shell, since the container has nothing but some files of its node. */

const NAME = 'box'

const TREE = script`
set -e
. /root/container.sh
rm -rf /root/box
create_tree /root/box`

const CREATE = script`vhacs vserver --create "$1" --storage "$2" --image /root/box --command /usr/bin/hold`

/** Creates a container on a storage that nothing uses yet. */
export async function createContainer(storage: string): Promise<void> {
  await lab('push', 1, join(root, 'test/cluster/support/container.sh'), '/root/container.sh')
  await commandOn(1, TREE)
  await commandOn(1, CREATE, NAME, storage)
}

/** The file is that of the node; in the container it is in the root directory. */
const WRITE = script`
init=$(head -n 1 "/sys/fs/cgroup/machine.slice/vhacs-nspawn-$2.service/payload/cgroup.procs")
exec nsenter --target "$init" --all --root "--wd=/proc/$init/root" -- /usr/bin/sh -c 'n=0; while :; do n=$((n + 1)); { echo "$n is record $n" >>"$1" && sync "$1"; } || { echo ERROR; exit 1; }; echo "$n 0"; sleep 0.05; done' sh "/$(basename "$1")"`

const STOP = script`pkill -TERM -f "^/usr/bin/sh -c n=0; .* sh /$(basename "$1")$" || true`

const CHECK = script`
echo 3 >/proc/sys/vm/drop_caches
[ -e "$1" ] || exit 1
awk '$0 != NR " is record " NR { exit 1 } { print NR }' "$1" && rm -f -- "$1"`

export const INSIDE: WriterScripts = { write: WRITE, stop: STOP, check: CHECK }

const RUN = script`systemctl show --property InvocationID --value "vhacs-nspawn-$1.service"`

/** Changes when the container is started again, there or elsewhere, or reboots. */
export async function runIdentity(node: number, name: string): Promise<string> {
  return `${node}:${await on(node, RUN, name)}`
}
