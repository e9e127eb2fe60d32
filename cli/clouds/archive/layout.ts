import type { Extent } from '../../../system/nodes/blocks/extents.ts'
import type { ExportFacts } from './facts.ts'

/*
 * An export is a tar archive, compressed by zstd: export.json with what it is, clouds.yaml with the cloud's entry, the file system as a sparse
 * file, and end.json with the length and the SHA-256 of everything before it. `tar` alone gets the file system out of it.
 */

export const FACTS_NAME = 'export.json'
export const ENTRY_NAME = 'clouds.yaml'
export const END_NAME = 'end.json'

/** What precedes the content. */
export interface ArchiveHead {
  readonly facts: ExportFacts
  /** A file of clouds with this cloud alone. */
  readonly entry: string
  /** The parts of the file system that the content consists of, in order. */
  readonly extents: readonly Extent[]
}

/** The name of the file system in the archive. */
export function imageName({ storage }: Pick<ExportFacts, 'storage'>): string {
  return `${storage}.img`
}

/** The time of all members. */
export function modifiedSeconds({ takenAt }: Pick<ExportFacts, 'takenAt'>): number {
  return Math.floor(takenAt.getTime() / 1000)
}

/** The map of a sparse file: one number a line, how many parts there are, then the place and the length of each. */
export function mapText(extents: readonly Extent[], wholeBytes: number): string {
  const last = extents.at(-1)
  const end = last === undefined ? 0 : last.offset + last.length
  // tells tar the size of a file that ends with what is left out
  const parts = end < wholeBytes ? [...extents, { offset: wholeBytes, length: 0 }] : extents
  return [parts.length, ...parts.flatMap(({ offset, length }) => [offset, length])].map(line => `${line}\n`).join('')
}

/** The text of end.json. */
export function endText(end: { readonly bytes: number; readonly sha256: string }): string {
  return `${JSON.stringify(end)}\n`
}
