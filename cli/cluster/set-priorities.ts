import { patchText } from '../../cloud/cib/patch.ts'
import { priorityChanges } from '../../cloud/cib/priorities.ts'
import { propertyChanges } from '../../cloud/cib/property-changes.ts'
import { clusterIn } from '../../cloud/cib/read/cluster.ts'
import type { Element } from '../../cloud/xml.ts'
import { script } from '../../system/nodes/script.ts'
import { changeCib } from '../clouds/change-cib.ts'
import { readCib } from '../clouds/read-cib.ts'
import type { Call } from '../command/verb.ts'
import { timedWork } from '../command/work.ts'
import { withClusterLock } from '../run/lock.ts'
import { runSteps } from '../run/steps.ts'
import { examineAll } from './examine/examine-all.ts'
import { fencingIn } from './examine/fencing/fencing.ts'
import { usedHeader } from './examine/fencing/sbd-header.ts'
import { type MissingForSplit, missingForSplit } from './examine/fencing/split.ts'
import { LATER, OPENING, SLOT_TIMES } from './examine/questions.ts'

const TIMES = script`${OPENING}${SLOT_TIMES}${LATER}`

/** vhacs cluster --setpriorities */
export async function setPriorities(call: Call): Promise<void> {
  const { system, terminal } = call
  const { root, cluster } = await readCib(system)
  const fencing = fencingIn(root)
  if (fencing.devices.length === 0) throw new RangeError(fencing.byWatchdog ? BY_WATCHDOG : NO_DEVICE)
  const { examinations } = await examineAll(system, { text: TIMES, names: cluster.nodes.map(({ name }) => name) })
  const known = { fencing, header: usedHeader(examinations) }
  if (fencing.sbdDevices.length > 0 && known.header === undefined) throw new RangeError(UNREADABLE)
  const missing = missingForSplit(root, cluster, known)
  const work = timedWork(call)
  const settings = describe(missing)
  if (settings.length === 0) return terminal.print('nothing is missing')
  const step = {
    name: `setting ${settings.join(', ')}`,
    run: () => changeCib(system, cib => patchFor(cib, missingForSplit(cib, clusterIn(cib), known))),
  }
  await withClusterLock(work, () => runSteps([step], work))
}

function describe({ properties, priorities }: MissingForSplit): string[] {
  return [
    ...properties.map(({ name, seconds }) => `${name} to ${seconds}s`),
    ...[...priorities].map(([id, priority]) => `the priority of ${id} to ${priority}`),
  ]
}

function patchFor(cib: Element, { properties, priorities }: MissingForSplit): string {
  const values = Object.fromEntries(properties.map(({ name, seconds }) => [name, `${seconds}s`]))
  return patchText([...propertyChanges(cib, values), ...priorityChanges(cib, priorities)])
}

const NO_DEVICE = 'there is no fencing device: configure one (IPMI, sbd) first'
const BY_WATCHDOG = 'the nodes are fenced by their watchdogs: a majority decides, and priorities have no effect'
const UNREADABLE =
  'no node can read the time-outs on its sbd disk: check SBD_DEVICE in /etc/default/sbd with "sbd dump"'
