import { runOn } from '../../../../system/nodes/ssh.ts'
import type { System } from '../../../../system/system.ts'
import { allOf, type Step, type Work } from '../../../run/steps.ts'
import type { Examination } from '../../examine/examination.ts'
import { type Journal, journal } from '../../membership/journal.ts'
import type { Probe } from '../input/probe.ts'
import type { InitRequest } from '../input/request.ts'
import type { SbdPlan } from './first-configuration.ts'

/** The context that all steps receive. */
export interface InitContext extends Work {
  readonly probe: Probe
  readonly request: InitRequest
  /** When this run began; part of the names of backups. */
  readonly timestamp: string
  /** The node on which commands for the whole cluster run. */
  readonly firstNode: string
  readonly sbd: SbdPlan
}

/** A step that acts on all nodes at once, and notes how to undo that. */
export function onAllNodes(
  name: string,
  { probe, timestamp }: InitContext,
  act: (examined: Examination, noted: Journal) => Promise<void>,
): Step {
  const noted = journal(timestamp)
  const names = probe.examinations.map(({ node }) => node).join(', ')
  return {
    name: `${name} on ${names}`,
    run: () => allOf(probe.examinations.map(examined => act(examined, noted))),
    undo: () => noted.undo(),
  }
}

/** The time, like 20261123T053539Z. */
export function timestampOf({ system }: Work): string {
  return `${new Date(system.now()).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`
}

/** Allows for resources that Pacemaker must stop first. */
const SYSTEMCTL_SECONDS = 300

export async function systemctl(system: System, node: string, verb: string, units: readonly string[]): Promise<void> {
  await runOn(system, node, ['systemctl', verb, ...units], { timeoutSeconds: SYSTEMCTL_SECONDS })
}
