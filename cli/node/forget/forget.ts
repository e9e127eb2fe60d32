import { hasDevice } from '../../../cloud/change/remove-node.ts'
import { joinedNames } from '../../../cloud/listed-names.ts'
import { queryCib } from '../../../system/pacemaker/cib/cib.ts'
import { removeFromConf } from '../../cluster/membership/change-conf.ts'
import { setProperties } from '../../cluster/membership/number-properties.ts'
import { notesOnNaming, removeFromPacemaker } from '../../cluster/membership/removed-node.ts'
import type { Call } from '../../command/verb.ts'
import { timedWork } from '../../command/work.ts'
import { interruptible } from '../../run/interruptible.ts'
import { withClusterLock } from '../../run/lock.ts'
import { runSteps, type Step, type Work } from '../../run/steps.ts'
import { type ForgetFacts, forgetFacts } from './facts.ts'

/** vhacs node --forget */
export async function forgetNodes(call: Call): Promise<void> {
  const { terminal, value, isDryRun } = call
  const work = timedWork(call)
  // fails where Pacemaker does not run, before there is a lock
  await queryCib(call.system)
  await withClusterLock(work, async () => {
    const facts = await forgetFacts(interruptible(call.system, terminal.interruption), value)
    await runSteps(forgetSteps(work, facts), work)
    for (const line of notesOf(facts)) terminal.print(line)
    if (!isDryRun) terminal.print(`${joinedNames(facts.lost)}: removed; run "vhacs cluster --check"`)
  })
}

/** Pacemaker comes last: until then, the same command finds what remains. */
function forgetSteps(work: Work, { lost, left, text, fencing, snapshot }: ForgetFacts): Step[] {
  const { system } = work
  return [
    ...removeFromConf(work, { gone: lost, nodes: left, after: text }),
    ...setProperties(system, snapshot.root, left.length, fencing),
    ...lost.map(name => removeFromPacemaker(system, name)),
  ]
}

/** What stays, and is an operator's decision. */
function notesOf({ lost, left, snapshot: { root } }: ForgetFacts): string[] {
  const names = joinedNames(lost)
  return [
    ...notesOnNaming(root, lost),
    ...(left.length === 2 && !hasDevice(root) ? [BY_WATCHDOG] : []),
    `${names} must not start with the old /etc/corosync/corosync.conf: remove that file before you use it again`,
  ]
}

const BY_WATCHDOG =
  'two nodes cannot be fenced by their watchdogs alone: configure a fencing device (IPMI, sbd with a disk), or neither takes over from the other'
