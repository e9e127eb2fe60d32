import type { Agent } from '../ocf/agent.ts'
import { agentNamed, agentNames } from './by-name.ts'

/** All agents, in the order of the stack. */
export const agents: readonly Agent[] = agentNames.flatMap(name => agentNamed(name) ?? [])
