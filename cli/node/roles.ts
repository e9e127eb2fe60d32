import type { NodeRole } from '../../cloud/configuration.ts'
import { ROLE_ATTRIBUTES } from '../../cloud/node-attributes.ts'
import { setNodeAttribute } from '../../system/pacemaker/cib/cib.ts'
import { readCib } from '../clouds/read-cib.ts'
import { warnOfUsers } from '../clouds/users.ts'
import { prepareVhosts } from '../clouds/vhosts/prepare-vhosts.ts'
import { parseRoles } from '../command/roles.ts'
import { selectNodes } from '../command/select-nodes.ts'
import type { Call } from '../command/verb.ts'
import { timedWork } from '../command/work.ts'
import { withClusterLock } from '../run/lock.ts'
import { loadRoleModules } from '../run/role-modules.ts'

/** vhacs node --setrole */
export async function setRoles(call: Call): Promise<void> {
  const { nodes, roles } = await selection(call)
  const work = timedWork(call)
  await withClusterLock(work, async () => {
    // before the role is set, because Pacemaker may then mount there at once
    if (roles.includes('vhost')) await prepareVhosts(call, work, nodes)
    await changeRoles(call, nodes, roles, 'true')
    for (const note of await loadRoleModules(work.system, nodes, roles)) call.terminal.print(note)
  })
  if (!call.isDryRun) call.terminal.print(`${nodes.join(', ')}: ${roles.join(', ')} set`)
}

/** vhacs node --delrole */
export async function deleteRoles(call: Call): Promise<void> {
  const { system, terminal } = call
  const { nodes, roles, clouds, vservers } = await selection(call)
  // only vhosts have mounts
  if (roles.includes('vhost')) await warnOfUsers(system, terminal.print, { clouds, vservers, nodes })
  await withClusterLock(timedWork(call), () => changeRoles(call, nodes, roles, undefined))
  if (!call.isDryRun) call.terminal.print(`${nodes.join(', ')}: ${roles.join(', ')} removed`)
}

async function selection({ system, value, operand = '' }: Call) {
  const roles = parseRoles(value)
  const { nodes: known, otherNodes, clouds, vservers } = (await readCib(system)).cluster
  return { roles, nodes: selectNodes(operand, known, otherNodes), clouds, vservers }
}

/** Under the lock: the roles must not change while another vhacs chooses nodes by them. */
async function changeRoles(
  { system }: Call,
  nodes: readonly string[],
  roles: readonly NodeRole[],
  setting: 'true' | undefined,
): Promise<void> {
  for (const node of nodes)
    for (const role of roles) await setNodeAttribute(system, node, ROLE_ATTRIBUTES[role], setting)
}
