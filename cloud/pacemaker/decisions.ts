import { currentRole } from '../cib/roles.ts'
import { primitiveId } from '../ids.ts'
import { descendants, type Element } from '../xml.ts'

/** What Pacemaker's scheduler has decided about one instance of a resource, or about a node. */
export interface Decision {
  /** `start`, `stop`, `restart`, `move`, `recover`, `promote`, `demote` … or `fence`. */
  readonly task: string
  /** For a clone, without the number of the instance; for a fencing, the node. */
  readonly resource: string
  readonly from: string | undefined
  readonly to: string | undefined
  /** The role that it has then, in the terms of OCF 1.1; undefined where roles are none of its concern. */
  readonly role: string | undefined
  /** It is not taken, as a start that waits for another. */
  readonly isBlocked: boolean
}

/**
 * The decisions in the result of crm_simulate.
 * @see Pacemaker, lib/pacemaker/pcmk_output.c: rsc_action_item_xml()
 */
export function decisionsIn(result: Element): Decision[] {
  return descendants(result, 'actions').flatMap(({ children }) => children.flatMap(decisionOf))
}

function decisionOf({ name, attributes }: Element): Decision[] {
  const { action = '', resource = '', node, source, dest, task, role, 'next-role': nextRole } = attributes
  if (name === 'node_action')
    return [
      { task: task ?? 'fence', resource: node ?? '', from: node, to: undefined, role: undefined, isBlocked: false },
    ]
  if (name !== 'rsc_action') return []
  const roleThen = nextRole ?? role
  return [
    {
      task: action,
      resource: primitiveId(resource),
      from: source ?? (STARTS.has(action) ? undefined : node),
      to: dest ?? (STARTS.has(action) ? node : undefined),
      role: roleThen === undefined ? undefined : currentRole(roleThen),
      isBlocked: attributes.blocked === 'true',
    },
  ]
}

/** Tasks that stop nothing. */
export const STARTS: ReadonlySet<string> = new Set(['start', 'promote'])
