import { posix } from 'node:path'

/** The entries of the fake node's file system. */
export type Entry = Directory | File | Link | BlockDevice

export interface Directory {
  readonly kind: 'directory'
  readonly entries: Map<string, Entry>
  /** The kernel's own behaviour for this directory; a plain directory has none. */
  readonly kernel?: KernelDirectory
  /** root, by default. */
  readonly owner?: number
  /** When it was made, in milliseconds since the epoch. */
  readonly changedAt: number
}

/** The rules of a directory that the kernel keeps. Each throws a `refusal` to refuse. */
export interface KernelDirectory {
  /** The directory that mkdir makes in it. */
  make?(name: string): Directory
  /** Checks a link that is about to be made in it. */
  link?(name: string, target: string): void
  /** Checks an entry that is about to be removed from it. */
  unlink?(name: string): void
  /** Decides about its own removal. */
  removed?(): void
}

export interface File {
  readonly kind: 'file'
  read(): string
  write(text: string): void
  /** A pipe or a device, which cannot be read again or does not end. */
  readonly isSpecial?: true
  /** root, by default. */
  readonly owner?: number
  /** 0o644, by default. */
  readonly permissions?: number
  /** Milliseconds since the epoch; long ago, by default. */
  readonly changedAt?: number
}

export interface Link {
  readonly kind: 'link'
  readonly target: string
}

export interface BlockDevice {
  readonly kind: 'block'
  /** `major:minor` */
  readonly device: string
  /** What is on it; nothing, by default. */
  readonly content?: () => Uint8Array
}

export const directory = (kernel?: KernelDirectory, entries: Record<string, Entry> = {}): Directory => ({
  kind: 'directory',
  entries: new Map(Object.entries(entries)),
  changedAt: Date.now(),
  ...(kernel && { kernel }),
})

export function file(text: string): File {
  let content = text
  return {
    kind: 'file',
    read: () => content,
    write: next => {
      content = next
    },
  }
}

/** A file whose text is made when it is read, as in /proc. */
export function liveFile(read: () => string, write?: (text: string) => void): File {
  return { kind: 'file', read, write: write ?? (() => refuse('EACCES')) }
}

export const link = (target: string): Link => ({ kind: 'link', target })
export const block = (device: string, content?: () => Uint8Array): BlockDevice => ({
  kind: 'block',
  device,
  ...(content && { content }),
})

/** An error with an errno name, in the form that node:fs throws. */
export function errno(code: string, call: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${call} '${path}'`), { code, syscall: call, path })
}

/** The error that a rule throws to refuse; the caller adds the path. */
export function refuse(code: string): never {
  throw Object.assign(new Error(code), { code })
}

export interface Place {
  /** Without links. */
  readonly path: string
  readonly entry: Entry
}

/** Of Linux: the bytes of a name, and of a path with its end. */
const NAME_MAX = 255
const PATH_MAX = 4096

/** Follows a path as the kernel does. @throws ENOENT, ENOTDIR, ELOOP or ENAMETOOLONG. */
export function walk(root: Directory, path: string, call: string, follow = true, depth = 0): Place {
  if (depth > 40) throw errno('ELOOP', call, path)
  const parts = path.split('/').filter(part => part !== '' && part !== '.')
  if (Buffer.byteLength(path) >= PATH_MAX) throw errno('ENAMETOOLONG', call, path)
  let place: Place = { path: '/', entry: root }
  for (const [index, part] of parts.entries()) {
    const next = stepInto(place, part, call, path)
    const isFollowed = follow || index < parts.length - 1
    place =
      next.entry.kind === 'link' && isFollowed
        ? walk(root, posix.resolve(place.path, next.entry.target), call, true, depth + 1)
        : next
  }
  return place
}

function stepInto({ path, entry }: Place, name: string, call: string, wanted: string): Place {
  if (entry.kind !== 'directory') throw errno('ENOTDIR', call, wanted)
  if (Buffer.byteLength(name) > NAME_MAX) throw errno('ENAMETOOLONG', call, wanted)
  const next = entry.entries.get(name)
  if (next === undefined) throw errno('ENOENT', call, wanted)
  return { path: posix.join(path, name), entry: next }
}

/** The directory that holds (or would hold) a path, and the name in it. */
export function parentOf(root: Directory, path: string, call: string): { holder: Directory; name: string } {
  const { entry } = walk(root, posix.dirname(path), call)
  if (entry.kind !== 'directory') throw errno('ENOTDIR', call, path)
  return { holder: entry, name: posix.basename(path) }
}

/** Puts an entry at a path, past all rules; makes the directories above it. */
export function put(root: Directory, path: string, entry: Entry): void {
  const parts = path.split('/').filter(part => part !== '')
  const name = parts.pop()
  let holder = root
  for (const part of parts) {
    const next = holder.entries.get(part) ?? directory()
    if (next.kind !== 'directory') throw errno('ENOTDIR', 'put', path)
    holder.entries.set(part, next)
    holder = next
  }
  if (name !== undefined) holder.entries.set(name, entry)
}
