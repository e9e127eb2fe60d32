import { runToSuccess, type System, type Tool, ToolFailed } from '../system.ts'

const crmadmin: Tool = { name: 'crmadmin', package: 'pacemaker-cli-utils' }

/** A state of the machine by which the controller of a node works, such as S_IDLE. @see Pacemaker, daemons/controld/controld_fsa.h */
export type ControllerState = `S_${string}`

/** It waits until another node has become the coordinator. */
export const PENDING: ControllerState = 'S_PENDING'

/** The states in which it knows of no coordinator, each for seconds only. */
export const WAITING: readonly ControllerState[] = [PENDING, 'S_ELECTION']

/** The states in which it is the coordinator, or has been accepted by it. */
export const COORDINATED: readonly ControllerState[] = [
  'S_IDLE',
  'S_POLICY_ENGINE',
  'S_TRANSITION_ENGINE',
  'S_INTEGRATION',
  'S_FINALIZE_JOIN',
  'S_NOT_DC',
]

/**
 * The arguments of crmadmin before the name of a node. The question for the coordinator (--dc_lookup) is answered by nobody while there is none, and some
 * versions wait for ever; this one is always answered, by the controller that is asked.
 */
export const STATE_QUESTION = ['--quiet', '--timeout', '5s', '--status'] as const

/** A little more than crmadmin waits itself. */
const STATE_SECONDS = 10

/**
 * The state of a node's controller, which answers itself. What else knows the coordinator, such as crm_mon, has it from the CIB, where a former one stays.
 * @throws ToolFailed when it does not answer, as while Pacemaker is not running.
 */
export async function controllerState(system: System, node: string, signal?: AbortSignal): Promise<ControllerState> {
  const bounds = { timeoutSeconds: STATE_SECONDS, looks: true, ...(signal && { signal }) } as const
  const finished = await runToSuccess(system, crmadmin, [...STATE_QUESTION, node], bounds)
  const state = parseControllerState(finished.stdout)
  if (state === undefined) throw new ToolFailed(finished)
  return state
}

/** The state in what crmadmin prints; undefined for anything else. */
export function parseControllerState(text: string): ControllerState | undefined {
  const word = text.trim()
  return isState(word) ? word : undefined
}

function isState(word: string): word is ControllerState {
  return /^S_[A-Z_]{1,40}$/.test(word)
}
