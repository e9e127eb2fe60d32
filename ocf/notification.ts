import type { ParameterEnvironment } from './parameters.ts'

/** A notification of the instances of a clone, before and after Pacemaker acts on some of them. */
export interface Notification {
  readonly when: 'pre' | 'post'
  readonly operation: 'start' | 'stop' | 'promote' | 'demote'
  /** Node names, by the operation that will run (or has run) there. */
  readonly starting: readonly string[]
  readonly stopping: readonly string[]
  readonly promoting: readonly string[]
  readonly demoting: readonly string[]
}

/**
 * The notification in the environment; undefined when there is none or it is of an unknown kind.
 * @see https://clusterlabs.org/projects/pacemaker/doc/2.1/Pacemaker_Administration/html/agents.html
 */
export function parseNotification(environment: ParameterEnvironment): Notification | undefined {
  const value = (name: string) => environment[`OCF_RESKEY_CRM_meta_notify_${name}`] ?? ''
  const nodes = (name: string) =>
    value(`${name}_uname`)
      .split(/\s+/)
      .filter(node => node !== '')
  const when = value('type')
  const operation = value('operation')
  if (when !== 'pre' && when !== 'post') return undefined
  if (operation !== 'start' && operation !== 'stop' && operation !== 'promote' && operation !== 'demote')
    return undefined
  return {
    when,
    operation,
    starting: nodes('start'),
    stopping: nodes('stop'),
    promoting: nodes('promote'),
    demoting: nodes('demote'),
  }
}
