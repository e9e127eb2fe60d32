import { propertiesIn } from '../../../cloud/cib/elements.ts'
import { patchText } from '../../../cloud/cib/patch.ts'
import { propertyChanges } from '../../../cloud/cib/property-changes.ts'
import { clusterIn } from '../../../cloud/cib/read/cluster.ts'
import { messagesOfManyClouds, STANDARD_MESSAGES } from '../../../cloud/pacemaker/message-limit.ts'
import type { Element } from '../../../cloud/xml.ts'
import { script } from '../../../system/nodes/script.ts'
import type { System } from '../../../system/system.ts'
import { changeCib } from '../../clouds/change-cib.ts'
import type { Step } from '../../run/steps.ts'
import { examineAll } from '../examine/examine-all.ts'
import { type Fencing, fencingIn } from '../examine/fencing/fencing.ts'
import { type SbdHeader, usedHeader } from '../examine/fencing/sbd-header.ts'
import { missingForSplit } from '../examine/fencing/split.ts'
import { LATER, OPENING, SLOT_TIMES } from '../examine/questions.ts'

/** How the nodes are fenced, as far as properties depend on it. */
export interface KnownFencing {
  readonly fencing: Fencing
  /** Of sbd's disk; undefined where no node can read it, or there is none. */
  readonly header: SbdHeader | undefined
}

const QUESTIONS = script`${OPENING}${SLOT_TIMES}${LATER}`

/** Asks the nodes, for a command that has not examined them. */
export async function knownFencing(system: System, cib: Element, names: readonly string[]): Promise<KnownFencing> {
  const { examinations } = await examineAll(system, { text: QUESTIONS, names })
  return { fencing: fencingIn(cib), header: usedHeader(examinations) }
}

/** The step that sets what a cluster of so many nodes lacks; none where it lacks nothing. It is not undone: more of it does no harm. */
export function setProperties(system: System, cib: Element, count: number, known: KnownFencing): Step[] {
  const properties = (root: Element) => propertiesForNumber(root, count, known)
  const names = Object.keys(properties(cib))
  if (names.length === 0) return []
  const run = () => changeCib(system, root => patchText(propertyChanges(root, properties(root))))
  return [{ name: `setting ${names.join(', ')} for ${count} ${count === 1 ? 'node' : 'nodes'}`, run }]
}

/**
 * The properties that a cluster of so many nodes lacks, as --init and --setpriorities compute them: room for the messages of its daemons
 * and, for two nodes with a fencing device, the delay by which one of them survives when they lose each other. What is set, and is
 * enough, stays.
 */
function propertiesForNumber(cib: Element, count: number, { fencing, header }: KnownFencing): Record<string, string> {
  const limit = Number.parseInt(propertiesIn(cib).get('cluster-ipc-limit') ?? '', 10) || STANDARD_MESSAGES
  const needed = messagesOfManyClouds(count)
  // without the time-outs of sbd's disk the delay is not known
  const isKnown = fencing.devices.length > 0 && (fencing.sbdDevices.length === 0 || header !== undefined)
  const missing = count === 2 && isKnown ? missingForSplit(cib, clusterIn(cib), { fencing, header }).properties : []
  return {
    ...(limit < needed && { 'cluster-ipc-limit': String(needed) }),
    ...Object.fromEntries(missing.map(({ name, seconds }) => [name, `${seconds}s`])),
  }
}
