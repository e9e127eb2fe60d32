import { fileNameOf, RUN_DIRECTORY } from '../files.ts'
import { noteFields } from './note-line.ts'

/*
 * What an agent notes of a reason that it had to shorten, as Pacemaker keeps 128 bytes of it: --info shows the whole of it.
 */

/** The last reason of a resource on a node that was shortened. */
export interface ShortenedReason {
  readonly resource: string
  readonly action: string
  readonly code: number
  /** What Pacemaker was given. */
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

/** Undefined for a text that is not that of a note. */
export function parseShortenedReason(text: string): ShortenedReason | undefined {
  const { resource, action, code, brief, whole } = noteFields(text)
  if (typeof resource !== 'string' || typeof action !== 'string' || typeof code !== 'number') return undefined
  return typeof brief === 'string' && typeof whole === 'string' ? { resource, action, code, brief, whole } : undefined
}
