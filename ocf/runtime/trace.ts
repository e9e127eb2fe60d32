import { errorText } from '../../system/error-text.ts'
import { MASK, SECRET_NAME, withoutSecrets } from '../../system/secret-text.ts'
import type { Finished, RunOptions, System } from '../../system/system.ts'
import { visibleText } from '../../system/visible-text.ts'
import type { ParameterEnvironment } from '../parameters.ts'
import type { Invocation } from './invocation.ts'

/** Where the stock agents write their traces, each type in a directory of its own. */
const DIRECTORY = '/var/lib/heartbeat/trace_ra'

const SECRET = new RegExp(SECRET_NAME, 'i')

/** How long an action waits for a disk to take the rest of its trace: the disk may hang. */
const FLUSH_MILLISECONDS = 1000

/** Lines of a trace, as the action goes on. `flush` resolves when all of them are written, or after a second. */
export interface Trace {
  add(line: string): void
  flush(): Promise<void>
}

/**
 * The invocation, all of whose accesses to the node are written to the file of this action, with what its tools were asked and have answered;
 * secrets are masked. That file is OCF_TRACE_FILE, or a new one below `trace_dir`, as with stock agents. An action neither fails nor waits
 * because its trace cannot be written.
 */
export function withTrace(
  agent: string,
  invocation: Invocation,
): { readonly invocation: Invocation; readonly trace: Trace } {
  const { system, writeError, onStep, action = '', environment } = invocation
  const trace = openTrace(agent, invocation)
  trace.add(`${agent} ${action} of ${environment.OCF_RESOURCE_INSTANCE ?? 'default'}`)
  const traced: Invocation = {
    ...invocation,
    system: tracedSystem(system, trace.add),
    writeError: line => {
      trace.add(line.trimEnd())
      writeError(line)
    },
    onStep: doing => {
      trace.add(`step: ${doing}`)
      onStep?.(doing)
    },
  }
  return { invocation: traced, trace }
}

function openTrace(agent: string, { system, environment, action = '', writeError }: Invocation): Trace {
  const path = pathOf(agent, environment, `${action}.${timeText(system.now()).replace(' ', '.').slice(0, -4)}`)
  const shown = (line: string) => `${timeText(system.now())} ${visibleText(withoutSecrets(line))}\n`
  // as crm_resource --force-check -VV asks for
  if (path === '/dev/stderr') return { add: line => writeError(shown(line)), flush: async () => undefined }
  let text = ''
  let isBroken = false
  const failed = (error: unknown) => {
    isBroken = true
    writeError(`the trace ${path} cannot be written: ${errorText(error)}\n`)
  }
  let written = system.makeDirectory(path.slice(0, path.lastIndexOf('/')), { parents: true }).catch(failed)
  const save = async () => {
    if (!isBroken) await system.write(path, text, { permissions: 0o600 })
  }
  return {
    add: line => {
      text += shown(line)
      written = written.then(save).catch(failed)
    },
    flush: async () => {
      const waiting = new AbortController()
      await Promise.race([written, system.sleep(FLUSH_MILLISECONDS, waiting.signal).catch(() => undefined)])
      waiting.abort()
    },
  }
}

function pathOf(agent: string, environment: ParameterEnvironment, name: string): string {
  const { OCF_TRACE_FILE: file, OCF_RESKEY_trace_dir: directory, OCF_RESOURCE_INSTANCE: instance } = environment
  if (file?.startsWith('/')) return file
  return `${directory || DIRECTORY}/${agent}/${instance ?? 'default'}.${name}`
}

/** `2026-11-29 16:24:05.394`, in UTC. */
function timeText(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, -1).replace('T', ' ')
}

/** Says too little to be written each time. */
const SILENT: readonly string[] = ['now', 'sleep']

function tracedSystem(system: System, add: (line: string) => void): System {
  const entries = Object.entries(system).map(([name, call]) => [
    name,
    SILENT.includes(name) || typeof call !== 'function' ? call : traced(system, { name, call, add }),
  ])
  return Object.fromEntries(entries)
}

type AnyCall = (...values: unknown[]) => unknown

function traced(
  system: System,
  { name, call, add }: { readonly name: string; readonly call: AnyCall; readonly add: (line: string) => void },
): AnyCall {
  return (...values) => {
    const begun = system.now()
    const note = (outcome: string) => {
      const seconds = ((system.now() - begun) / 1000).toFixed(3)
      add(`${name} ${valuesText(name, values)} [${seconds} s]${outcome}`)
    }
    const failed = (error: unknown) => {
      note(`: ${errorText(error)}`)
      throw error
    }
    const ended = <T>(result: T): T => {
      note(name === 'run' ? answerText(result as Finished, values[2]) : '')
      return result
    }
    try {
      const result = call(...values)
      return result instanceof Promise ? result.then(ended, failed) : ended(result)
    } catch (error) {
      return failed(error)
    }
  }
}

/** What it was called with: a tool's command line, else paths and texts; of a file with a secret only its path. */
function valuesText(name: string, values: readonly unknown[]): string {
  const [first, second] = values
  if (name === 'run') return [(first as { name: string }).name, ...(second as string[])].join(' ')
  const shown = values.filter(value => typeof value === 'string' || typeof value === 'number')
  return shown.map((value, index) => (index > 0 && SECRET.test(String(first)) ? MASK : String(value))).join(' ')
}

function answerText({ status, stdout, stderr }: Finished, options: unknown): string {
  const { input, isSecret } = (options ?? {}) as RunOptions
  const parts = [
    ['<', input ?? ''],
    ['>', stdout],
    ['!', stderr],
  ] as const
  const texts = parts
    .filter(([, text]) => text !== '')
    .map(([mark, text]) => ` ${mark} ${isSecret ? MASK : text.trimEnd()}`)
  return [`: ${status ?? 'killed'}`, ...texts].join('')
}
