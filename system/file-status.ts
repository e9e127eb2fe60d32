export interface InputLimits {
  /** More is an error with the code EFBIG. */
  readonly maxBytes: number
  /** Ends the wait for a pipe into which nobody writes. */
  readonly signal: AbortSignal
}

export interface StreamOptions {
  readonly input?: AsyncIterable<Uint8Array> | undefined
  readonly signal?: AbortSignal | undefined
  /** The tool changes nothing, so a dry run runs it too. */
  readonly looks?: true | undefined
  /** What is shown instead of a command that is a whole script. */
  readonly shown?: string | undefined
}

export interface TerminalOptions {
  readonly signal?: AbortSignal | undefined
  /** What is shown instead of a command that is a whole script. */
  readonly shown?: string | undefined
}

export interface FileStatus {
  readonly kind: 'file' | 'directory' | 'block' | 'other'
  /** `major:minor` of a block device. */
  readonly device?: string
  /** `major:minor` of the file system that contains it. */
  readonly fileSystem: string
  /** User id. */
  readonly owner: number
  /** The permission bits, such as 0o600. */
  readonly permissions: number
  /** When the inode last changed (ctime), in milliseconds since the epoch. */
  readonly changedAt: number
}

/** The space of a file system. */
export interface FileSystemSpace {
  readonly sizeBytes: number
  /** With what is reserved for root. */
  readonly freeBytes: number
  /** What all users may use. */
  readonly availableBytes: number
  /** Inodes. */
  readonly files: number
  readonly freeFiles: number
}
