import { type Interruption, interruptionPath, parseInterruption } from '../../pacemaker/interruption-note.ts'
import { parseShortenedReason, reasonPath, type ShortenedReason } from '../../pacemaker/reason-note.ts'
import type { System } from '../../system.ts'
import { runOn } from '../ssh.ts'

/* The notes of a node's agents about their resources. Lines that are not notes of the requested resources are ignored. */

/** How long a table waits for them. */
const OPTIONS = { looks: true, timeoutSeconds: 30, maxBytes: 2 ** 20 } as const

/** Linux allows 128 KiB for one argument; ssh passes the command as one. */
const MAX_PATHS = 400

/** The interruptions of these resources. @throws ToolFailed */
export async function interruptionsOn(
  system: System,
  node: string,
  resources: readonly string[],
): Promise<Interruption[]> {
  const paths = resources.flatMap(resource => [interruptionPath(resource, 'plain'), interruptionPath(resource, 'deep')])
  return notesOn(system, { node, paths, resources, parse: parseInterruption })
}

/** The reasons that were shortened for Pacemaker, of these resources. @throws ToolFailed */
export async function shortenedReasonsOn(
  system: System,
  node: string,
  resources: readonly string[],
): Promise<ShortenedReason[]> {
  return notesOn(system, { node, paths: resources.map(reasonPath), resources, parse: parseShortenedReason })
}

interface Question<Note> {
  readonly node: string
  readonly paths: readonly string[]
  readonly resources: readonly string[]
  readonly parse: (line: string) => Note | undefined
}

async function notesOn<Note extends { readonly resource: string }>(
  system: System,
  { node, paths, resources, parse }: Question<Note>,
): Promise<Note[]> {
  const chunks = Array.from({ length: Math.ceil(paths.length / MAX_PATHS) }, (_, index) =>
    paths.slice(index * MAX_PATHS, (index + 1) * MAX_PATHS),
  )
  // 1: one of them does not exist
  const options = { ...OPTIONS, accepted: [0, 1] }
  const answers = await Promise.all(chunks.map(chunk => runOn(system, node, ['cat', '--', ...chunk], options)))
  return answers
    .flatMap(({ stdout }) => stdout.split('\n'))
    .flatMap(line => {
      const note = parse(line)
      return note !== undefined && resources.includes(note.resource) ? [note] : []
    })
}
