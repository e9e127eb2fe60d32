import { type Agent, type Context, defineAgent } from '../../../ocf/agent.ts'
import type { Parameters } from '../../../ocf/parameters.ts'
import { type State, stopped } from '../../../ocf/state.ts'

interface Parts extends Partial<Omit<Agent, 'inspect' | 'stateOf'>> {
  /** What a look at the node shows. */
  state?(context: Context): State | Promise<State>
}

/** An agent without parameters that does what a test gives it, and nothing else. */
export function agentWith({ state = () => stopped, ...parts }: Parts): Agent {
  return defineAgent<Parameters, unknown>({
    name: 'test-agent',
    short: 'An agent for tests',
    long: 'An agent for tests.',
    parameters: {},
    timeouts: { start: 60, stop: 60, monitor: 20, promote: 60, demote: 60, notify: 60 },
    inspect: state,
    stateOf: seen => seen as State,
    start: async () => {},
    stop: async () => {},
    ...parts,
  })
}
