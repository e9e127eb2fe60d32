/** What a tree is made of. */
export interface Image {
  /** For the name of a step: `/backup/web.tar.gz`. */
  readonly what: string
  /** It needs at least this much room, as far as that is known. */
  readonly leastBytes: number
  /** Whether there is only one reading of it. */
  readonly isReadOnce: boolean
  /** A tar archive, from its beginning. It ends only where all of it was read, and is right. */
  bytes(signal: AbortSignal): AsyncIterable<Uint8Array>
}
