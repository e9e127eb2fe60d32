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
  const { terminal, value, options, isDryRun } = call
  const work = timedWork(call)
  // fails where Pacemaker does not run, before there is a lock
  await queryCib(call.system)
  await withClusterLock(work, async () => {
    const facts = await forgetFacts(
      interruptible(call.system, terminal.interruption),
      value,
      options['leave-sides'] === true,
    )
    await runSteps(forgetSteps(work, facts), work)
    for (const line of notesOf(facts)) terminal.print(line)
    const removed = facts.lost.filter(name => !facts.kept.includes(name))
    if (!isDryRun && removed.length > 0) terminal.print(`${joinedNames(removed)}: removed; run "vhacs cluster --check"`)
  })
}

/** Pacemaker comes last: until then, the same command finds what remains. */
function forgetSteps(work: Work, { lost, kept, left, text, fencing, snapshot }: ForgetFacts): Step[] {
  const { system } = work
  return [
    ...removeFromConf(work, { gone: lost, nodes: left, after: text }),
    ...setProperties(system, snapshot.root, left.length, fencing),
    ...lost.filter(name => !kept.includes(name)).map(name => removeFromPacemaker(system, name)),
  ]
}

/** What stays, and is an operator's decision. */
function notesOf({ lost, kept, left, snapshot: { root } }: ForgetFacts): string[] {
  const names = joinedNames(lost)
  return [
    ...notesOnNaming(
      root,
      lost.filter(name => !kept.includes(name)),
    ),
    ...(left.length === 2 && !hasDevice(root) ? [BY_WATCHDOG] : []),
    ...kept.map(keptText),
    `${names} must not start with the old /etc/corosync/corosync.conf: remove that file before you use it again`,
  ]
}

const BY_WATCHDOG =
  'two nodes cannot be fenced by their watchdogs alone: configure a fencing device (IPMI, sbd with a disk), or neither takes over from the other'

/** Pacemaker's record that the node is down lets DRBD go on without it, so that stays until no storage needs it. */
const keptText = (node: string) =>
  `${node} is removed from corosync.conf only, as storages have sides on it: add a node ("vhacs cluster --join"), give it the sides ("vhacs node --evacuate ${node}"), then run "vhacs node --forget ${node}"`
