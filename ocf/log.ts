import type { Logger } from 'pino'
import { pino } from 'pino'
import type { ParameterEnvironment } from './parameters.ts'

/** Where an action says what it does: on stderr, which Pacemaker copies to the system's log. */
export interface Log {
  debug(message: string): void
  info(message: string): void
  warn(message: string): void
}

/** Writes a line to stderr. */
export type WriteLine = (line: string) => void

const LEVEL_NAMES: Readonly<Record<number, string>> = { 20: 'DEBUG', 30: 'INFO', 40: 'WARNING' }

/**
 * A log at the level that Pacemaker asks for: HA_debug above 0 turns debug on (PCMK_debug is for its own daemons).
 * The lines read as those of the stock agents. pino is set up at the first line: most monitors have none.
 */
export function createLog(agent: string, environment: ParameterEnvironment, writeLine: WriteLine): Log {
  const tag = `${agent}(${environment.OCF_RESOURCE_INSTANCE ?? 'default'})[${process.pid}]`
  const level = Number(environment.HA_debug) > 0 ? 'debug' : 'info'
  let logger: Logger | undefined
  const log = () => {
    logger ??= pino({ level, base: null }, { write: line => writeLine(`${tag}: ${readable(line)}\n`) })
    return logger
  }
  return {
    debug: message => log().debug(message),
    info: message => log().info(message),
    warn: message => log().warn(message),
  }
}

function readable(line: string): string {
  const record: { level: number; msg: string } = JSON.parse(line)
  return `${LEVEL_NAMES[record.level] ?? record.level}: ${record.msg}`
}
