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

/**
 * A log at the level that Pacemaker asks for: HA_debug above 0 turns debug on (PCMK_debug is for its own daemons). The lines have
 * the form of the stock agents; text from outside cannot begin a new line. pino is loaded at the first line: most monitors have
 * none.
 */
export function createLog(agent: string, environment: ParameterEnvironment, writeLine: WriteLine): ActionLog {
  const tag = logTag(agent, environment)
  const isDebugging = Number(environment.HA_debug) > 0
  let logger: Promise<Logger> | undefined
  let written = Promise.resolve()
  const write = (level: 'debug' | 'info' | 'warn') => (message: string) => {
    if (level === 'debug' && !isDebugging) return
    logger ??= openLogger(isDebugging ? 'debug' : 'info', line => writeLine(`${tag}: ${readable(line)}\n`))
    written = Promise.all([logger, written]).then(([opened]) => opened[level](message))
  }
  return { debug: write('debug'), info: write('info'), warn: write('warn'), flush: () => written }
}

/** The prefix of a log line. */
export function logTag(agent: string, environment: ParameterEnvironment): string {
  return `${agent}(${visibleText(environment.OCF_RESOURCE_INSTANCE ?? 'default')})[${process.pid}]`
}

async function openLogger(level: string, write: WriteLine): Promise<Logger> {
  const { pino } = await import('pino')
  return pino({ level, base: null }, { write })
}

function readable(line: string): string {
  const record: { level: number; msg: string } = JSON.parse(line)
  return `${LEVEL_NAMES[record.level] ?? record.level}: ${visibleText(record.msg.trimEnd())}`
}
