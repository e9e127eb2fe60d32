import { descendants, type Element, elementIn } from '../xml.ts'

/** The state of a node in Pacemaker, the most serious first. */
export type HaStatus = 'unclean' | 'offline' | 'pending' | 'maintenance' | 'standby' | 'online'

/** An action that failed or reported a degraded resource, and has not been cleaned up since. */
export interface Failure {
  /** Id of the primitive. */
  readonly resource: string
  readonly node: string
  /** Such as `monitor`. */
  readonly action: string
  /** The exit reason of the agent, or the name of its exit status. */
  readonly reason: string
  /** The resource runs nevertheless: Pacemaker lists the failure without any recovery. */
  readonly isDegraded: boolean
}

export interface ClusterStatus {
  readonly haStatus: ReadonlyMap<string, HaStatus>
  readonly failures: readonly Failure[]
  readonly hasQuorum: boolean
}

/**
 * Nodes and failures in the XML of crm_mon, parsed already or not.
 * @throws Error for text that is not well-formed.
 * @see crm_mon(8), --output-as=xml
 */
export function parseClusterStatus(monitor: string | Element): ClusterStatus {
  const root = elementIn(monitor)
  // below each resource that runs on it, the node is listed again, without its state
  const nodes = descendants(root, 'node').filter(({ attributes }) => attributes.online !== undefined)
  return {
    haStatus: new Map(nodes.map(({ attributes }) => [attributes.name ?? '', haStatus(attributes)])),
    failures: descendants(root, 'failure').map(({ attributes }) => failure(attributes)),
    hasQuorum: descendants(root, 'current_dc').some(({ attributes }) => attributes.with_quorum === 'true'),
  }
}

function haStatus(attributes: Readonly<Record<string, string>>): HaStatus {
  const is = (name: string) => attributes[name] === 'true'
  if (is('unclean')) return 'unclean'
  if (is('pending')) return 'pending'
  if (!is('online')) return 'offline'
  if (is('maintenance')) return 'maintenance'
  return is('standby') || is('standby_onfail') ? 'standby' : 'online'
}

/** OCF_DEGRADED and OCF_DEGRADED_PROMOTED. */
const DEGRADED = ['190', '191']

const ENTITIES: Readonly<Record<string, string>> = { quot: '"', apos: "'", lt: '<', gt: '>', amp: '&' }

/**
 * Of all that its XML contains, crm_mon escapes the reason twice; in Pacemaker 3 also what breaks a line. Other control characters
 * stay as they are escaped. @see Pacemaker, lib/pengine/pe_output.c: failed_action_xml()
 */
function unescaped(reason: string): string {
  return reason.replace(/&(?:(quot|apos|lt|gt|amp)|#x0[9AD]);/g, (_, name = '') => ENTITIES[name] ?? ' ')
}

/** `op_key` is resource, action and interval, joined by underscores; a clone's instance has a number after a colon. */
function failure({
  op_key = '',
  node = '',
  exitreason = '',
  exitstatus = '',
  exitcode = '',
}: Readonly<Record<string, string>>): Failure {
  const [, resource = op_key, action = ''] = /^(.*?)(?::\d+)?_([a-z-]+)_\d+$/.exec(op_key) ?? []
  const reason = exitreason === '' || exitreason === 'none' ? exitstatus : unescaped(exitreason)
  return { resource, node, action, reason, isDegraded: DEGRADED.includes(exitcode) }
}
