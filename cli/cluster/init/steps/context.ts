import { runOn } from '../../../../system/nodes/ssh.ts'
import type { System } from '../../../../system/system.ts'
import { allOf, type Step, type Work } from '../../../run/steps.ts'
import type { Examination } from '../../examine/examination.ts'
import type { Seen } from '../findings/init-findings.ts'
import type { InitRequest } from '../input/request.ts'
import type { SbdPlan } from './first-configuration.ts'
import { type Journal, journal } from './journal.ts'

/** What the steps work with. */
export interface InitContext extends Work {
  readonly seen: Seen
  readonly request: InitRequest
  /** Of this run. */
  readonly mark: string
  /** The node that is asked and told on behalf of all. */
  readonly first: string
  readonly sbd: SbdPlan
}

/** A step that does something on every node at once, and notes how to take it back. */
export function everywhere(
  name: string,
  { seen, mark }: InitContext,
  act: (examined: Examination, noted: Journal) => Promise<void>,
): Step {
  const noted = journal(mark)
  const names = seen.examinations.map(({ node }) => node).join(', ')
  return {
    name: `${name} on ${names}`,
    run: () => allOf(seen.examinations.map(examined => act(examined, noted))),
    undo: () => noted.undo(),
  }
}

/** Pacemaker may have something to end first. */
const SYSTEMCTL_SECONDS = 300

export async function systemctl(system: System, node: string, verb: string, units: readonly string[]): Promise<void> {
  await runOn(system, node, ['systemctl', verb, ...units], { timeoutSeconds: SYSTEMCTL_SECONDS })
}
