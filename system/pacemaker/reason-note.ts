import { fileNameOf, RUN_DIRECTORY } from '../files.ts'
import { noteFields } from './note-line.ts'

/* The note of an agent about a reason that it had to shorten, because Pacemaker keeps only 128 bytes; --info shows it in full. */

/** The last reason of a resource on a node that was shortened. */
export interface ShortenedReason {
  readonly resource: string
  readonly action: string
  readonly code: number
  /** The shortened reason that Pacemaker received. */
  readonly brief: string
  readonly whole: string
}

/** The note of a resource. */
export function reasonPath(resource: string): string {
  return `${RUN_DIRECTORY}/reason-${fileNameOf(resource)}`
}

/** The line of a note. */
export function reasonLine({ resource, action, code, brief, whole }: ShortenedReason): string {
  return JSON.stringify({ resource, action, code, brief, whole })
}

/** Undefined for text that is not a note. */
export function parseShortenedReason(text: string): ShortenedReason | undefined {
  const { resource, action, code, brief, whole } = noteFields(text)
  if (typeof resource !== 'string' || typeof action !== 'string' || typeof code !== 'number') return undefined
  return typeof brief === 'string' && typeof whole === 'string' ? { resource, action, code, brief, whole } : undefined
}
