import { setNodeAttribute } from '../../system/pacemaker/cib.ts'
import { readCib } from '../clouds/read-cib.ts'
import { warnOfUsers } from '../clouds/users.ts'
import { selectNodes } from '../command/select-nodes.ts'
import type { Call } from '../command/verb.ts'

/** vhacs node --standby */
export async function standbyNodes(call: Call): Promise<void> {
  await setStandby(call, 'on', 'in standby: Pacemaker moves its resources to other nodes')
}

/** vhacs node --active */
export async function activateNodes(call: Call): Promise<void> {
  await setStandby(call, undefined, 'active')
}

/** Pacemaker's own attribute, as crm_standby sets it. */
async function setStandby({ system, terminal, value, isDryRun }: Call, setting: 'on' | undefined, outcome: string) {
  const { nodes, otherNodes, clouds } = (await readCib(system)).cluster
  const names = selectNodes(value, nodes, otherNodes)
  if (setting === 'on') await warnOfUsers(system, terminal.print, { clouds, nodes: names })
  for (const name of names) {
    await setNodeAttribute(system, name, 'standby', setting)
    if (!isDryRun) terminal.print(`${name}: ${outcome}`)
  }
}
