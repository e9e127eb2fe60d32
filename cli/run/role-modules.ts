import type { NodeRole } from '../../cloud/configuration.ts'
import { LIO_MODULES } from '../../system/lio/modules.ts'
import { runOn } from '../../system/nodes/ssh.ts'
import type { System } from '../../system/system.ts'
import { prepareNodes } from './prepare-nodes.ts'

/**
 * The kernel modules that a takeover needs on a node with the role. An agent loads those of its layer when it starts; but by then the
 * kernel may have been upgraded, and the modules of the running one be gone. systemd/vhacs-modules.conf loads all of them at boot.
 */
export const ROLE_MODULES: Readonly<Record<NodeRole, readonly string[]>> = {
  storage: ['drbd', ...LIO_MODULES],
  vhost: ['iscsi_tcp', 'sd_mod', 'ext4'],
}

/** Loads them; returns what went wrong, node by node. The role is good without that: a start tries again. */
export async function loadRoleModules(
  system: System,
  nodes: readonly string[],
  roles: readonly NodeRole[],
): Promise<string[]> {
  const modules = roles.flatMap(role => ROLE_MODULES[role])
  return prepareNodes(nodes, {
    run: node => runOn(system, node, ['modprobe', '--all', '--', ...modules]),
    note: (node, reason) =>
      `the kernel modules for a takeover are not loaded on ${node} before its next boot: ${reason}`,
  })
}
