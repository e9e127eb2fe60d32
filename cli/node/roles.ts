import { STORAGE_ATTRIBUTE, VHOST_ATTRIBUTE } from '../../cloud/names.ts'
import { readCib } from '../../cloud/read-cib.ts'
import { queryCib, setNodeAttribute } from '../../system/cluster.ts'
import { alone } from '../lock.ts'
import { selectNames } from '../ranges.ts'
import { warnOfUsers } from '../storage/users.ts'
import type { Call } from '../verbs.ts'
import { timedWork } from '../work.ts'

const ROLES = ['storage', 'vhost'] as const
const ATTRIBUTES = { storage: STORAGE_ATTRIBUTE, vhost: VHOST_ATTRIBUTE } as const
type Role = (typeof ROLES)[number]

/** vhacs node --setrole */
export async function setRoles(call: Call): Promise<void> {
  const { nodes, roles } = await changeRoles(call, 'true')
  if (!call.isDryRun) call.terminal.print(`${nodes.join(', ')}: ${roles.join(', ')} set`)
}

/** vhacs node --delrole */
export async function deleteRoles(call: Call): Promise<void> {
  const { nodes, roles } = await changeRoles(call, undefined)
  if (!call.isDryRun) call.terminal.print(`${nodes.join(', ')}: ${roles.join(', ')} taken away`)
}

/** While another vhacs plans by the roles that the nodes have, they stay. */
async function changeRoles(call: Call, setting: 'true' | undefined) {
  const { system, terminal, value, operand = '' } = call
  const roles = parseRoles(value)
  const { nodes: known, clouds } = readCib(await queryCib(system))
  const nodes = selectNames(
    operand,
    known.map(({ name }) => name),
    'node',
  )
  // no node but a vhost has mounts
  if (setting === undefined && roles.includes('vhost')) await warnOfUsers(system, terminal.print, { clouds, nodes })
  await alone(timedWork(call), async () => {
    for (const node of nodes) for (const role of roles) await setNodeAttribute(system, node, ATTRIBUTES[role], setting)
  })
  return { nodes, roles }
}

/** @throws RangeError for a word that is no role. */
export function parseRoles(text: string): readonly Role[] {
  if (text === 'ALL') return ROLES
  return text.split(',').map(word => {
    const role = ROLES.find(known => known === word)
    if (role === undefined) throw new RangeError(`roles are storage and vhost, got "${word}"`)
    return role
  })
}
