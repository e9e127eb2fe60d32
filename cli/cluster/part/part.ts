import { joinedNames } from '../../../cloud/listed-names.ts'
import { recordedInitiator } from '../../../cloud/node-attributes.ts'
import { queryCib } from '../../../system/pacemaker/cib/cib.ts'
import type { Call } from '../../command/verb.ts'
import { timedWork } from '../../command/work.ts'
import { interruptible } from '../../run/interruptible.ts'
import { withClusterLock } from '../../run/lock.ts'
import { messageOf, runSteps } from '../../run/steps.ts'
import { painter } from '../../terminal/table.ts'
import { errorCount, findingLines } from '../examine/finding.ts'
import { notesOnNaming } from '../membership/removed-node.ts'
import { type Leaving, readLeaving } from './leaving.ts'
import { isConcerned, obstacles } from './obstacles.ts'
import { removalSteps, stopSteps } from './steps.ts'

/** vhacs cluster --part */
export async function partNode(call: Call): Promise<void> {
  const { terminal, isDryRun } = call
  const work = timedWork(call)
  // fails where Pacemaker does not run, before there is a lock
  await queryCib(call.system)
  await withClusterLock(work, async () => {
    const leaving = await checkedLeaving(call)
    const { name } = leaving
    await runSteps(stopSteps(work, leaving), work)
    try {
      await runSteps(removalSteps(work, leaving), work)
    } catch (error) {
      const next = `${name} has been stopped, and is not removed completely: run "vhacs cluster --part ${name}" again`
      throw new Error(`${messageOf(error)}; ${next}`, { cause: error })
    }
    if (!isDryRun) for (const line of outcome(leaving)) terminal.print(line)
  })
}

/** @throws RangeError for a node that is not of the cluster or must not leave, Error when a node is unreachable. */
async function checkedLeaving({ system, terminal, value }: Call): Promise<Leaving> {
  const leaving = await readLeaving(interruptible(system, terminal.interruption), value)
  const { name, here, unreachable } = leaving
  if (name === here) throw new RangeError(`${name} is this node: run the command on another node of the cluster`)
  const isKnown = unreachable.some(({ node }) => node === name) || isConcerned(leaving)
  if (!isKnown) throw new RangeError(`${name} is not a node of this cluster (nodes: ${leaving.others.join(', ')})`)
  const findings = obstacles(leaving)
  for (const line of findingLines(findings, painter(terminal))) terminal.print(line)
  const errors = errorCount(findings)
  if (errors === undefined) return leaving
  const message = `cannot take ${name} out of the cluster: ${errors} found; nothing was changed`
  throw unreachable.length === 0 ? new RangeError(message) : new Error(message)
}

function outcome({ name, snapshot: { cluster, root } }: Leaving): string[] {
  const initiator = recordedInitiator(cluster.nodes.find(node => node.name === name)?.attributes ?? {})
  const allowing = cluster.clouds.filter(({ initiators }) => initiator !== undefined && initiators.includes(initiator))
  const names = allowing.map(cloud => cloud.name)
  return [
    `${name}: it has left the cluster`,
    ...notesOnNaming(root, [name]),
    ...(names.length === 0
      ? []
      : [
          `the ACLs of ${joinedNames(names)} still have its initiator ${initiator}: if it must not log in any more, remove it from allowed_initiators (the exports restart)`,
        ]),
  ]
}
