import { visibleText } from '../system/visible-text.ts'

/** The environment of a call, by name. */
export type Environment = Readonly<Record<string, string | undefined>>

/** What Pacemaker reports. The texts are in one line, and of bounded length. */
export type AlertEvent = { readonly node: string; readonly description: string } & (
  | { readonly kind: 'node' }
  | { readonly kind: 'fencing'; readonly code: number }
  | {
      readonly kind: 'resource'
      /** Without the number of an instance of a clone. */
      readonly resource: string
      readonly task: string
      readonly code: number
      readonly wantedCode: number
      /** How far the action came: 0 if it ended, however. */
      readonly status: number
      readonly isRecurring: boolean
    }
)

const LONGEST = 300

/**
 * The event in the variables of a call; undefined for one that is not reported, such as the change of an attribute.
 * @see Pacemaker Administration, "Alert Agents"
 */
export function eventIn(environment: Environment): AlertEvent | undefined {
  const text = (name: string) => visibleText((environment[`CRM_alert_${name}`] ?? '').slice(0, LONGEST))
  const number = (name: string) => Number.parseInt(environment[`CRM_alert_${name}`] ?? '', 10)
  const common = { node: text('node'), description: text('desc'), task: text('task'), code: number('rc') }
  switch (environment.CRM_alert_kind) {
    case 'node':
      return { kind: 'node', node: common.node, description: common.description }
    case 'fencing':
      return { kind: 'fencing', node: common.node, description: common.description, code: common.code }
    case 'resource':
      return {
        ...{ kind: 'resource', ...common },
        resource: text('rsc').replace(/:\d+$/, ''),
        wantedCode: number('target_rc'),
        status: number('status'),
        isRecurring: number('interval') > 0,
      }
    default:
      return undefined
  }
}
