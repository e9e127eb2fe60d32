import { resourceIds, vserverIds } from '../ids.ts'
import { parseXml } from '../xml.ts'
import { type Decision, decisionsIn, STARTS } from './decisions.ts'

/** An action that Pacemaker's scheduler would take. */
export type Action = Pick<Decision, 'task' | 'resource' | 'from' | 'to'>

/**
 * The actions in the XML of crm_simulate.
 * @throws Error for text that is not well-formed.
 */
export function parseActions(text: string): Action[] {
  return actionsAmong(decisionsIn(parseXml(text)))
}

/** The decisions that are carried out: a blocked one is not, as a start that waits for another. */
export function actionsAmong(decisions: readonly Decision[]): Action[] {
  return decisions
    .filter(({ isBlocked }) => !isBlocked)
    .map(({ task, resource, from, to }) => ({ task, resource, from, to }))
}

/** For operators: `c0-filesystem: restart on node2`. */
export function actionText({ task, resource, from, to }: Action): string {
  const where = from !== undefined && to !== undefined && from !== to ? `from ${from} to ${to}` : `on ${to ?? from}`
  return `${resource}: ${task} ${where}`
}

/** The actions that are taken only because of a change, sorted. */
export function newActions(before: readonly Action[], after: readonly Action[]): Action[] {
  const anyway = new Set(before.map(actionText))
  const added = after.filter(action => !anyway.has(actionText(action)))
  return added.sort((one, other) => actionText(one).localeCompare(actionText(other), 'en', { numeric: true }))
}

/** How actions disturb a running cloud. */
export interface Interruption {
  readonly cloud: string
  /** `unmounted`: programs that use it block the unmount, or are killed; `waits`: I/O pauses for some seconds. */
  readonly how: 'unmounted' | 'waits'
}

/** The clouds among these that the actions disturb. */
export function interruptions(clouds: readonly string[], actions: readonly Action[]): Interruption[] {
  const stopped = new Set(actions.filter(({ task }) => !STARTS.has(task)).map(({ resource }) => resource))
  return clouds.flatMap((cloud): Interruption[] => {
    const { session, filesystem, ...others } = resourceIds(cloud)
    if (stopped.has(session) || stopped.has(filesystem)) return [{ cloud, how: 'unmounted' }]
    const { lvm, drbd, target, address } = others
    return [target, address, drbd, lvm].some(id => stopped.has(id)) ? [{ cloud, how: 'waits' }] : []
  })
}

/** The vservers among these that the actions stop, if only to start them again. */
export function stoppedVservers(vservers: readonly string[], actions: readonly Action[]): string[] {
  const stopped = new Set(actions.filter(({ task }) => !STARTS.has(task)).map(({ resource }) => resource))
  return vservers.filter(vserver => stopped.has(vserverIds(vserver).container))
}
