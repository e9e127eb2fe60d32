import { NSPAWN } from '../../nspawn/unit.ts'
import type { System } from '../../system.ts'
import { script } from '../script.ts'
import { runOn } from '../ssh.ts'

/** Whether a node has systemd-nspawn. @throws ToolFailed where it is unreachable. */
export async function hasNspawn(system: System, node: string): Promise<boolean> {
  const { status } = await runOn(system, node, ['test', '-x', NSPAWN], { looks: true, accepted: [0, 1] })
  return status === 0
}

/**
 * What a node has that containers need, one on a line: `systemd 252` (the version of systemd-nspawn), `cgroups` (control groups of version 2), `interface eth1`,
 * and `bridge br0` for an interface that is a bridge.
 */
export const CONTAINER_HOST = script`[ -x ${NSPAWN} ] && ${NSPAWN} --version | sed -n 's/^\\(systemd [0-9]*\\).*/\\1/p'
[ -e /sys/fs/cgroup/cgroup.controllers ] && echo cgroups
for place in /sys/class/net/*; do
    echo "interface \${place##*/}"
    if [ -e "$place/bridge" ]; then echo "bridge \${place##*/}"; fi
done`
