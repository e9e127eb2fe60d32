import { Command } from 'commander'
import { STORAGE_ATTRIBUTE, VHOST_ATTRIBUTE } from '../cloud/names.ts'
import { readCib } from '../cloud/read-cib.ts'
import { queryCib, setNodeAttribute } from '../system/cluster.ts'
import type { System } from '../system/system.ts'
import type { Terminal } from './terminal.ts'

const ROLES = ['storage', 'vhost'] as const
const ATTRIBUTES = { storage: STORAGE_ATTRIBUTE, vhost: VHOST_ATTRIBUTE } as const
type Role = (typeof ROLES)[number]

/** vhacs node */
export function nodeCommand(system: System, terminal: Terminal): Command {
  const command = new Command('node')
    .description('the nodes and their roles')
    .helpOption('-h, --help', 'print this help')
    .option('-s, --setrole <ROLES>', 'give the nodes roles: storage, vhost, or both as storage,vhost or ALL')
    .option('-d, --delrole <ROLES>', 'take roles from the nodes')
    .argument('<NODES>', 'node names separated by commas, or ALL')
  return command.action((nodes: string, options: { readonly setrole?: string; readonly delrole?: string }) =>
    changeRoles(system, terminal, nodes, options),
  )
}

async function changeRoles(
  system: System,
  terminal: Terminal,
  nodesText: string,
  { setrole, delrole }: { readonly setrole?: string; readonly delrole?: string },
) {
  const text = setrole ?? delrole
  if (text === undefined || (setrole !== undefined && delrole !== undefined))
    throw new RangeError('one of --setrole and --delrole is expected')
  const roles = parseRoles(text)
  const known = readCib(await queryCib(system)).nodes.map(({ name }) => name)
  const nodes = nodesText === 'ALL' ? known : nodesText.split(',')
  const unknown = nodes.find(node => !known.includes(node))
  if (unknown !== undefined) throw new RangeError(`${unknown} is no node of this cluster: ${known.join(', ')}`)
  for (const node of nodes)
    for (const role of roles)
      await setNodeAttribute(system, node, ATTRIBUTES[role], setrole === undefined ? undefined : 'true')
  terminal.print(`${nodes.join(', ')}: ${roles.join(', ')} ${setrole === undefined ? 'taken away' : 'set'}`)
}

function parseRoles(text: string): readonly Role[] {
  if (text === 'ALL') return ROLES
  return text.split(',').map(word => {
    const role = ROLES.find(known => known === word)
    if (role === undefined) throw new RangeError(`roles are storage and vhost, got "${word}"`)
    return role
  })
}
