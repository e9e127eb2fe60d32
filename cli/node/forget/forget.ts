import { constraintsOnNodes, devicesNaming, hasDevice } from '../../../cloud/cib/lost-nodes/forget-node.ts'
import { patchText } from '../../../cloud/cib/patch.ts'
import { clusterIn } from '../../../cloud/cib/read/cluster.ts'
import { joinedNames } from '../../../cloud/listed-names.ts'
import type { Element } from '../../../cloud/xml.ts'
import { reloadCorosync, writeCorosyncConfOn } from '../../../system/nodes/membership/change-corosync.ts'
import { removeFromPacemaker } from '../../../system/nodes/membership/change-pacemaker.ts'
import { corosyncStateOn } from '../../../system/nodes/membership/corosync-state.ts'
import { changeCib } from '../../clouds/change-cib.ts'
import { poll } from '../../clouds/lifecycle.ts'
import type { Call } from '../../command/verb.ts'
import { timedWork } from '../../command/work.ts'
import { interruptible } from '../../run/interruptible.ts'
import { withClusterLock } from '../../run/lock.ts'
import { runSteps, type Step, type Work } from '../../run/steps.ts'
import { type ForgetFacts, forgetFacts } from './facts.ts'

/** vhacs node --forget */
export async function forgetNodes(call: Call): Promise<void> {
  const { terminal, value, isDryRun } = call
  const facts = await forgetFacts(interruptible(call.system, terminal.interruption), value)
  const work = timedWork(call)
  await withClusterLock(work, () => runSteps(forgetSteps(work, facts), work))
  for (const line of notesOf(facts)) terminal.print(line)
  if (!isDryRun) terminal.print(`${joinedNames(facts.lost)}: removed; run "vhacs cluster --check"`)
}

/** Pacemaker comes last: until then, the same command finds what remains. */
function forgetSteps({ system, interruption }: Work, facts: ForgetFacts): Step[] {
  const { here, lost, text, outdated, snapshot } = facts
  const names = joinedNames(lost)
  const known = lost.filter(name => snapshot.cluster.nodes.some(node => node.name === name))
  const write: Step = {
    name: `removing ${names} from corosync.conf on ${joinedNames(outdated)}`,
    run: async () => {
      for (const node of outdated) await writeCorosyncConfOn(system, node, text)
    },
  }
  const clean: Step = {
    name: `removing the constraints about ${names}`,
    run: () => changeCib(system, cib => patchText(removalsIn(cib, lost))),
  }
  return [
    ...(outdated.length > 0 ? [write] : []),
    { name: 'making corosync read its configuration', run: () => reloadCorosync(system, here) },
    {
      name: `waiting until corosync has removed ${names}`,
      waits: true,
      run: () =>
        poll(system, { seconds: RELOAD_SECONDS, interruption }, async () => {
          const { loaded, isQuorate } = await corosyncStateOn(system, here)
          const still = lost.filter(name => loaded.includes(name))
          if (still.length > 0) return `corosync still has ${joinedNames(still)}: see "journalctl -u corosync"`
          return isQuorate ? undefined : 'corosync has no quorum: see "corosync-quorumtool"'
        }),
    },
    ...(removalsIn(snapshot.root, lost).length > 0 ? [clean] : []),
    ...known.map(name => ({
      name: `removing ${name} from Pacemaker`,
      run: () => removeFromPacemaker(system, here, name),
    })),
  ]
}

const RELOAD_SECONDS = 60

function removalsIn(cib: Element, lost: readonly string[]) {
  return constraintsOnNodes(cib, clusterIn(cib).clouds, lost).removals
}

/** What stays, and is an operator's decision. */
function notesOf({ lost, left, snapshot: { root, cluster } }: ForgetFacts): string[] {
  const { others } = constraintsOnNodes(root, cluster.clouds, lost)
  const names = joinedNames(lost)
  return [
    ...others.map(id => `the constraint ${id} still names ${names}: change it with "crm configure"`),
    ...devicesNaming(root, lost).map(
      id => `the fencing device ${id} still names ${names}: change it with "crm configure"`,
    ),
    ...(left.length === 2 && !hasDevice(root) ? [BY_WATCHDOG] : []),
    `${names} must not start with the old /etc/corosync/corosync.conf: remove that file before you use it again`,
  ]
}

const BY_WATCHDOG =
  'two nodes cannot be fenced by their watchdogs alone: configure a fencing device (IPMI, sbd with a disk), or neither takes over from the other'
