import type { Agent } from '../../ocf/agent.ts'
import type { ParameterEnvironment } from '../../ocf/parameters.ts'
import { runAgent } from '../../ocf/runtime/run.ts'
import type { System } from '../../system/system.ts'

/** How a call of an agent looked from outside. */
export interface Result {
  readonly code: number
  readonly abandoned: boolean
  readonly stdout: string
  readonly stderr: string
  /** The texts after `ocf-exit-reason:`. */
  readonly reasons: readonly string[]
}

export interface Call {
  readonly system: System
  readonly parameters?: Readonly<Record<string, string>>
  /** What Pacemaker sets besides the parameters. */
  readonly environment?: ParameterEnvironment
}

/** What Pacemaker sets for a monitor that is no probe. */
export const recurring = { OCF_RESKEY_CRM_meta_interval: '10000' } as const

/** Calls an agent as Pacemaker does. */
export async function call(agent: Agent, action: string | undefined, options: Call): Promise<Result> {
  let stdout = ''
  let stderr = ''
  const outcome = await runAgent(agent, {
    action,
    environment: environmentOf(options),
    system: options.system,
    writeOutput: text => {
      stdout += text
    },
    writeError: text => {
      stderr += text
    },
  })
  return { ...outcome, stdout, stderr, reasons: reasonsIn(stderr) }
}

function environmentOf({ parameters = {}, environment }: Call): ParameterEnvironment {
  const named = Object.entries(parameters).map(([name, value]) => [`OCF_RESKEY_${name}`, value])
  return { OCF_RESOURCE_INSTANCE: 'c0', ...Object.fromEntries(named), ...environment }
}

/** The exit reasons in what was written to stderr. */
export function reasonsIn(stderr: string): string[] {
  const prefix = 'ocf-exit-reason:'
  return stderr
    .split('\n')
    .filter(line => line.startsWith(prefix))
    .map(line => line.slice(prefix.length))
}
