import type { NodeRole } from '../../cloud/configuration.ts'
import { STORAGE_ATTRIBUTE, VHOST_ATTRIBUTE } from '../../cloud/node-attributes.ts'

import { setNodeAttribute } from '../../system/pacemaker/cib.ts'
import { readCib } from '../clouds/read-cib.ts'

import { warnOfUsers } from '../clouds/users.ts'
import { selectNames } from '../command/name-ranges.ts'
import { parseRoles } from '../command/roles.ts'
import type { Call } from '../command/verb.ts'
import { timedWork } from '../command/work.ts'
import { withClusterLock } from '../run/lock.ts'
import { admitVhosts } from './admit.ts'

const ATTRIBUTES = { storage: STORAGE_ATTRIBUTE, vhost: VHOST_ATTRIBUTE } as const

/** vhacs node --setrole */
export async function setRoles(call: Call): Promise<void> {
  const { nodes, roles } = await chosen(call)
  await withClusterLock(timedWork(call), async () => {
    // before: from then on Pacemaker may mount there
    if (roles.includes('vhost')) await admitVhosts(call, nodes)
    await changeRoles(call, nodes, roles, 'true')
  })
  if (!call.isDryRun) call.terminal.print(`${nodes.join(', ')}: ${roles.join(', ')} set`)
}

/** vhacs node --delrole */
export async function deleteRoles(call: Call): Promise<void> {
  const { system, terminal } = call
  const { nodes, roles, clouds } = await chosen(call)
  // no node but a vhost has mounts
  if (roles.includes('vhost')) await warnOfUsers(system, terminal.print, { clouds, nodes })
  await withClusterLock(timedWork(call), () => changeRoles(call, nodes, roles, undefined))
  if (!call.isDryRun) call.terminal.print(`${nodes.join(', ')}: ${roles.join(', ')} removed`)
}

async function chosen({ system, value, operand = '' }: Call) {
  const roles = parseRoles(value)
  const { nodes: known, clouds } = (await readCib(system)).cluster
  const nodes = selectNames(
    operand,
    known.map(({ name }) => name),
    'node',
  )
  return { roles, nodes, clouds }
}

/** While another vhacs plans by the roles that the nodes have, they stay: the lock is held. */
async function changeRoles(
  { system }: Call,
  nodes: readonly string[],
  roles: readonly NodeRole[],
  setting: 'true' | undefined,
): Promise<void> {
  for (const node of nodes) for (const role of roles) await setNodeAttribute(system, node, ATTRIBUTES[role], setting)
}
