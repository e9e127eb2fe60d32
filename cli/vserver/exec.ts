import { runInContainer } from '../../system/nodes/containers/exec.ts'
import { monitorCluster } from '../../system/pacemaker/cib/cib.ts'
import { readCib } from '../clouds/read-cib.ts'
import type { Call } from '../command/verb.ts'
import { type Outcome, outcomeAt, refuseFailures } from '../terminal/outcomes.ts'
import { readInput, STANDARD_INPUT } from '../terminal/read-input.ts'
import { runningNodeOf } from './parts.ts'
import { selectVservers } from './select.ts'

/** vhacs vserver --exec */
export async function execInVservers(call: Call): Promise<void> {
  const { system, terminal, value, operand = 'ALL', isDryRun } = call
  const vservers = selectVservers(operand, (await readCib(system)).cluster)
  const monitor = await monitorCluster(system)
  const places = vservers.map(vserver => ({ name: vserver.name, node: runningNodeOf(monitor, vserver) }))
  const script = value === STANDARD_INPUT ? await readInput({ system, terminal }, value, 'script') : undefined
  const outcomes: Outcome[] = []
  for (const { name, node } of places) {
    const command = { command: value, script, signal: terminal.interruption }
    outcomes.push(await outcomeAt({ terminal, isDryRun }, name, () => runInContainer(system, node, name, command)))
  }
  refuseFailures(outcomes, terminal.interruption)
}
