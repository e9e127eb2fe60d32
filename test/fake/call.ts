import type { Agent } from '../../ocf/agent.ts'
import type { ParameterEnvironment } from '../../ocf/parameters.ts'
import { runAgent } from '../../ocf/runtime/run.ts'
import type { System } from '../../system/system.ts'

/** The visible results of a call of an agent. */
export interface Result {
  readonly code: number
  readonly abandoned: boolean
  readonly stdout: string
  readonly stderr: string
  /** The texts after `ocf-exit-reason:`, in full where Pacemaker gets an abbreviation. */
  readonly reasons: readonly string[]
}

export interface Call {
  readonly system: System
  readonly parameters?: Readonly<Record<string, string>>
  /** The variables that Pacemaker sets besides the parameters. */
  readonly environment?: ParameterEnvironment
}

/** The variables that Pacemaker sets for a monitor that is not a probe. */
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

/** The exit reasons in what was written to stderr. @throws when Pacemaker would cut one, or it lost the command to type. */
export function reasonsIn(stderr: string): string[] {
  const prefix = 'ocf-exit-reason:'
  const lines = stderr.split('\n')
  return lines.flatMap((line, index) => {
    if (!line.startsWith(prefix)) return []
    const kept = line.slice(prefix.length)
    const full = /^\S+: ERROR: (.*)$/.exec(lines[index - 1] ?? '')?.[1] ?? kept
    if (Buffer.byteLength(kept) > 128) throw new Error(`Pacemaker would cut the exit reason ${kept}`)
    const [command] = /(?<=run )"[^"]+"/.exec(full) ?? ['']
    if (!kept.includes(command)) throw new Error(`the exit reason ${kept} lost ${command}: ${full}`)
    return [full]
  })
}
