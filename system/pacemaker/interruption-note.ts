import { fileNameOf, RUN_DIRECTORY } from '../files.ts'
import { noteFields } from './note-line.ts'

/*
 * The note of an agent's recurring monitor about an interruption that an ordinary failover explains. The monitor does not report
 * the interruption to Pacemaker until it has lasted longer, so --info and the tables read the note.
 */

/** An interruption of a resource on a node. Times are milliseconds since 1970, by that node's clock. */
export interface Interruption {
  readonly resource: string
  /** When a monitor saw it first and last. */
  readonly since: number
  readonly seen: number
  readonly reason: string
}

/**
 * The note of a resource. Monitors that do I/O see different interruptions, so they have their own note. Ids in Pacemaker contain
 * no colon.
 */
export function interruptionPath(resource: string, monitor: 'plain' | 'deep'): string {
  return `${RUN_DIRECTORY}/interrupted-${fileNameOf(resource)}${monitor === 'deep' ? ':deep' : ''}`
}

/** The line of a note. */
export function interruptionLine({ resource, since, seen, reason }: Interruption): string {
  return JSON.stringify({ resource, since, seen, reason })
}

/** Undefined for text that is not a note. */
export function parseInterruption(text: string): Interruption | undefined {
  const { resource, since, seen, reason } = noteFields(text)
  if (typeof resource !== 'string' || typeof reason !== 'string') return undefined
  return isTime(since) && isTime(seen) ? { resource, since, seen, reason } : undefined
}

function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value)
}
