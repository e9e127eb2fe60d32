import type { Logger } from 'pino'
import { visibleText } from '../system/visible-text.ts'
import type { ParameterEnvironment } from './parameters.ts'

/** The log of an action, on stderr, which Pacemaker copies to the system's log. */
export interface Log {
  debug(message: string): void
  info(message: string): void
  warn(message: string): void
}

/** `flush` resolves when everything logged so far has been written. */
export interface ActionLog extends Log {
  flush(): Promise<void>
}

/** Writes a line to stderr. */
export type WriteLine = (line: string) => void

const LEVEL_NAMES: Readonly<Record<number, string>> = { 20: 'DEBUG', 30: 'INFO', 40: 'WARNING' }

/** Whether an operator has asked for a trace of the action: with `crm resource trace`, or by hand. */
export function isTraced({ OCF_TRACE_RA, OCF_RESKEY_trace_ra }: ParameterEnvironment): boolean {
  return Boolean(OCF_TRACE_RA) || (Boolean(OCF_RESKEY_trace_ra) && OCF_RESKEY_trace_ra !== '0')
}

/**
 * A log at the level that Pacemaker asks for: HA_debug above 0 turns debug on (PCMK_debug is for its own daemons). The lines have the form of the stock agents, or with VHACS_LOG=json are pino's records; text from outside cannot begin a new line. pino
 * is loaded at the first line: most monitors have none.
 */
export function createLog(agent: string, environment: ParameterEnvironment, writeLine: WriteLine): ActionLog {
  const tag = logTag(agent, environment)
  const isDebugging = Number(environment.HA_debug) > 0
  const resource = environment.OCF_RESOURCE_INSTANCE ?? 'default'
  const open = () =>
    environment.VHACS_LOG === 'json'
      ? openLogger({ isDebugging, base: { agent, resource, pid: process.pid } }, writeLine)
      : openLogger({ isDebugging, base: null }, line => writeLine(`${tag}: ${readable(line)}\n`))
  let logger: Promise<Logger> | undefined
  let written = Promise.resolve()
  const write = (level: 'debug' | 'info' | 'warn') => (message: string) => {
    if (level === 'debug' && !isDebugging) return
    logger ??= open()
    written = Promise.all([logger, written]).then(([opened]) => opened[level](message))
  }
  return { debug: write('debug'), info: write('info'), warn: write('warn'), flush: () => written }
}

/** The prefix of a log line. */
export function logTag(agent: string, environment: ParameterEnvironment): string {
  return `${agent}(${visibleText(environment.OCF_RESOURCE_INSTANCE ?? 'default')})[${process.pid}]`
}

async function openLogger(
  { isDebugging, base }: { readonly isDebugging: boolean; readonly base: Readonly<Record<string, unknown>> | null },
  write: WriteLine,
): Promise<Logger> {
  const { pino } = await import('pino')
  return pino({ level: isDebugging ? 'debug' : 'info', base }, { write })
}

function readable(line: string): string {
  const record: { level: number; msg: string } = JSON.parse(line)
  return `${LEVEL_NAMES[record.level] ?? record.level}: ${visibleText(record.msg.trimEnd())}`
}
