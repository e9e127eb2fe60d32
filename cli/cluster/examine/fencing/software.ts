import { FENCE_AGENT, FENCE_AGENT_PATH } from '../../../../system/pacemaker/fencing/sbd.ts'
import { type Sections, wordsIn } from '../examination.ts'
import { error, type NodeFinding } from '../finding.ts'
import { SBD_AGENTS, type SbdAgent } from './sbd.ts'

const SBD = '/usr/sbin/sbd'
const FENCE_SBD = '/usr/sbin/fence_sbd'
const EXTERNAL_SBD = '/usr/lib/stonith/plugins/external/sbd'
/** fence_legacy runs external agents through it. */
const STONITH = '/usr/sbin/stonith'

/** The agents that a node lists are installed there. */
export const FENCING_FILES = [SBD, FENCE_AGENT_PATH, FENCE_SBD, EXTERNAL_SBD, STONITH] as const

/** Printed by a node whose fence_legacy can run; without python3-pacemaker, that of Debian 13 cannot. */
export const LEGACY = 'fence_legacy-runs'

/** On Debian 12, the second package contains fence_sbd. */
const INSTALL_FENCE_SBD = 'apt-get install fence-agents-sbd (Debian 12: fence-agents)'

export function isSbdInstalled(examined: Sections): boolean {
  return files(examined).includes(SBD)
}

/** The preferred one of the fencing agents for sbd's disk that all nodes can run; undefined when there is none. */
export function sbdAgent(examinations: readonly Sections[]): SbdAgent | undefined {
  return SBD_AGENTS.find(agent => examinations.every(examined => usableAgents(examined).includes(agent)))
}

/** Why a node can run no fencing agent for sbd's disk; undefined when it can. */
export function sbdAgentProblem(examined: Sections): NodeFinding | undefined {
  if (usableAgents(examined).length > 0) return undefined
  const problem = files(examined).includes(EXTERNAL_SBD) ? legacyProblem(examined) : undefined
  if (problem === undefined) return error('no fencing agent for sbd is installed', INSTALL_FENCE_SBD)
  return error(`${problem.what}, so external/sbd cannot`, `${INSTALL_FENCE_SBD}, or ${packageOf(problem)}`)
}

/** The finding for nodes that can each run an agent, but not the same one. */
export const NO_COMMON_AGENT = error(
  'the nodes have different fencing agents for sbd: a device of one type cannot run on all of them',
  `${INSTALL_FENCE_SBD} on all nodes`,
)

/** Why external fencing agents, such as external/ipmi, cannot run on a node; undefined when they can. */
export function legacyProblem(examined: Sections): NodeFinding | undefined {
  if (!files(examined).includes(LEGACY)) return error('fence_legacy cannot run', 'apt-get install python3-pacemaker')
  if (!files(examined).includes(STONITH)) return error('stonith is not installed', 'apt-get install cluster-glue')
  return undefined
}

function packageOf({ todo }: NodeFinding): string {
  return todo.slice(todo.lastIndexOf(' ') + 1)
}

/** Whether a node can run a fencing device of that type; undefined for one that does not use sbd's disk. */
export function canRunAgent(examined: Sections, type: string): boolean | undefined {
  const agent = SBD_AGENTS.find(known => known === type)
  return agent && usableAgents(examined).includes(agent)
}

function usableAgents(examined: Sections): SbdAgent[] {
  const found = files(examined)
  const isUsable: Readonly<Record<SbdAgent, boolean>> = {
    [FENCE_AGENT]: found.includes(FENCE_AGENT_PATH),
    fence_sbd: found.includes(FENCE_SBD),
    'external/sbd': found.includes(EXTERNAL_SBD) && legacyProblem(examined) === undefined,
  }
  return SBD_AGENTS.filter(agent => isUsable[agent])
}

function files(examined: Sections): string[] {
  return wordsIn(examined, 'fencing')
}
