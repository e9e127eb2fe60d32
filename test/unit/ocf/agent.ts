import { type Agent, defineAgent } from '../../../ocf/agent.ts'
import { stopped } from '../../../ocf/state.ts'

/** An agent without parameters that does what a test gives it, and else nothing. */
export function agentWith(parts: Partial<Agent>): Agent {
  return defineAgent({
    name: 'test-agent',
    short: 'An agent for tests',
    long: 'An agent for tests.',
    parameters: {},
    timeouts: { start: 60, stop: 60, monitor: 20, promote: 60, demote: 60, notify: 60 },
    state: () => stopped,
    start: async () => {},
    stop: async () => {},
    ...parts,
  })
}
