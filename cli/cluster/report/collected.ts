import { STATE_BYTES } from './collect-script.ts'
import { LOG_BYTES, LOG_COMMANDS, STATE_COMMANDS } from './commands.ts'
import { safePath } from './safe-path.ts'

/** A file of a report, before its secrets are masked. */
export interface CollectedFile {
  /** Below the directory of its node. */
  readonly path: string
  readonly text: string
  readonly isLog: boolean
}

/** What a node has printed. */
export interface Collected {
  readonly files: readonly CollectedFile[]
  /** What is missing or incomplete, and why, one line each. */
  readonly remarks: readonly string[]
  /** The contents of the files with secrets, to be masked. */
  readonly secrets: readonly string[]
}

/** More files than a node has. */
const MAX_FILES = 2000

/** A line that tells what the following ones are, and these. */
interface Frame {
  readonly title: string
  readonly lines: string[]
}

/** The parts of what COLLECT has printed on a node, which may be anything. */
export function parseCollected(text: string): Collected {
  const frames = framesIn(text)
  const secrets = frames
    .filter(({ title }) => title === 'secret')
    .flatMap(({ lines }) => lines.map(line => line.trim()))
  const skipped = titles(frames, 'skipped ')
  const read = frames.flatMap(frame => fileIn(frame) ?? [])
  const told = new Set([...read.map(({ path }) => path), ...skipped])
  const missing = [...STATE_COMMANDS, ...LOG_COMMANDS].flatMap(([name]) => (told.has(name) ? [] : [name]))
  const files = withoutClashes(read.slice(0, MAX_FILES))
  return {
    files: files.filter(({ text: content }) => content !== ''),
    remarks: [
      ...read.flatMap(({ path, remark }) => (remark === undefined ? [] : `${path}: ${remark}`)),
      ...skipped.map(name => `${name}: left out, for lack of time or because there are too many`),
      ...missing.map(name => `${name}: missing, because the node printed too much or was interrupted`),
    ].slice(0, MAX_FILES),
    secrets: secrets.filter(secret => secret !== ''),
  }
}

function framesIn(text: string): Frame[] {
  const frames: Frame[] = []
  for (const line of text.split('\n')) {
    if (line.startsWith(' ')) frames.at(-1)?.lines.push(line.slice(1))
    else if (line !== '') frames.push({ title: line, lines: [] })
  }
  return frames
}

function titles(frames: readonly Frame[], prefix: string): string[] {
  return frames.flatMap(({ title }) => (title.startsWith(prefix) ? (safePath(title.slice(prefix.length)) ?? []) : []))
}

interface ReadFile extends CollectedFile {
  readonly remark: string | undefined
}

function fileIn({ title, lines }: Frame): ReadFile | undefined {
  const [, kind, name = ''] = /^file (state|log) (.+)$/.exec(title) ?? []
  const path = safePath(name)
  if (path === undefined) return undefined
  const isLog = kind === 'log'
  const status = exitStatusIn(lines)
  const content = status === undefined ? lines : lines.slice(0, -1)
  const bytes = Buffer.byteLength(content.join('\n'))
  const isCut = isLog ? bytes >= LOG_BYTES - 1 : status === undefined && bytes >= STATE_BYTES - 100
  // a line that was cut could have lost the name of the secret in it
  const whole = content.slice(isLog && isCut ? 1 : 0, status === undefined ? -1 : undefined)
  const kept = whole.at(-1) === '' ? whole.slice(0, -1) : whole
  return { path, isLog, text: kept.map(line => `${line}\n`).join(''), remark: remarkOn(status, { isCut, isLog }) }
}

/** The script adds a line at the end: without it, the end is missing. */
function exitStatusIn(lines: readonly string[]): number | undefined {
  const [, status] = /^exit (\d{1,3})$/.exec(lines.at(-1) ?? '') ?? []
  return status === undefined ? undefined : Number(status)
}

/** Exit statuses of timeout(1). */
const TIMED_OUT = [124, 137]

function remarkOn(
  status: number | undefined,
  { isCut, isLog }: { readonly isCut: boolean; readonly isLog: boolean },
): string | undefined {
  if (isCut) return isLog ? `cut: only the last ${LOG_BYTES} bytes` : `cut: only the first ${STATE_BYTES} bytes`
  if (status === undefined) return 'cut: it did not end in time, or the node printed too much'
  if (TIMED_OUT.includes(status)) return 'incomplete: timed out'
  return status === 0 ? undefined : `exited with ${status}`
}

/** A path that is another file's directory, or another file's path, cannot be unpacked beside that. */
function withoutClashes(files: readonly ReadFile[]): CollectedFile[] {
  const paths = new Set<string>()
  const directories = new Set<string>()
  return files.flatMap(({ path, text, isLog }) => {
    const parents = parentsOf(path)
    if (paths.has(path) || directories.has(path) || parents.some(parent => paths.has(parent))) return []
    paths.add(path)
    for (const parent of parents) directories.add(parent)
    return [{ path, text, isLog }]
  })
}

function parentsOf(path: string): string[] {
  const parts = path.split('/')
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'))
}
