import { propertiesIn } from '../../../cloud/cib/elements.ts'
import { clusterIn } from '../../../cloud/cib/read/cluster.ts'
import { messagesOfManyClouds, STANDARD_MESSAGES } from '../../../cloud/pacemaker/message-limit.ts'
import type { Element } from '../../../cloud/xml.ts'
import type { Fencing } from '../examine/fencing/fencing.ts'
import type { SbdHeader } from '../examine/fencing/sbd-header.ts'
import { missingForSplit } from '../examine/fencing/split.ts'

/**
 * The properties that a cluster of so many nodes lacks, as --init and --setpriorities compute them: room for the messages of its daemons
 * and, for two nodes with a fencing device, the delay by which one of them survives when they lose each other. What is set, and is
 * enough, stays.
 */
export function propertiesForNumber(
  cib: Element,
  count: number,
  { fencing, header }: { readonly fencing: Fencing; readonly header: SbdHeader | undefined },
): Record<string, string> {
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
