import { exists } from '../../../system/files.ts'
import { hostName } from '../../../system/host-name.ts'
import { hasCode, type System } from '../../../system/system.ts'
import type { Call } from '../../command/verb.ts'
import { interruptible } from '../../run/interruptible.ts'
import { type ArchiveFile, packArchive } from './archive.ts'
import { LOG_COMMANDS, STATE_COMMANDS } from './commands.ts'
import { FILE_PATTERNS } from './files.ts'
import { indexText } from './index-text.ts'
import { createMasks } from './masks.ts'
import { collectAll, knownCluster, type NodePart } from './nodes.ts'
import { OWN_COMMANDS, type OwnOutput, ownOutput } from './own-output.ts'
import { safePath } from './safe-path.ts'

/** vhacs cluster --report */
export async function writeReport(call: Call): Promise<void> {
  const { system, terminal, value: path, isDryRun } = call
  requireNewFile(system, path)
  const reading = interruptible(system, terminal.interruption)
  const { names, secretFiles, remarks } = await knownCluster(reading)
  terminal.interruption.throwIfAborted()
  if (isDryRun) {
    for (const line of plan(names, path)) terminal.print(line)
    return
  }
  terminal.print(`collecting from ${names.join(', ')}`)
  const [nodes, own] = await Promise.all([collectAll(reading, names, secretFiles), ownOutput(reading)])
  terminal.interruption.throwIfAborted()
  const time = new Date(system.now())
  const mask = createMasks(
    nodes.flatMap(({ files }) => files),
    nodes.flatMap(({ secrets }) => secrets),
  )
  const files = filesOf({ nodes, own, remarks }, { time, node: hostName(system) }, mask)
  const archive = await packArchive(files, time)
  await create(system, path, archive)
  for (const { name, problem } of nodes)
    if (problem !== undefined) terminal.print(mask(`${name} is missing: ${problem}`))
  terminal.print(`${path}: ${sizeText(archive)}, ${files.length} files; the first, index.txt, says what is missing`)
}

interface Parts {
  readonly nodes: readonly NodePart[]
  readonly own: readonly OwnOutput[]
  readonly remarks: readonly string[]
}

/** All files of the archive, the index first, in one directory, without secrets. */
function filesOf(
  { nodes, own, remarks }: Parts,
  made: { readonly time: Date; readonly node: string },
  mask: (text: string) => string,
): ArchiveFile[] {
  const files = [
    ...own.filter(({ text }) => text !== ''),
    ...nodes.flatMap(({ name, files: found }) =>
      found.map(({ path, text }) => ({ path: `nodes/${safePath(name)}/${path}`, text })),
    ),
  ]
  const ofOwn = own.flatMap(({ path, remark }) => (remark === undefined ? [] : `${path}: ${remark}`))
  const index = indexText({
    ...{ ...made, version: VHACS_VERSION, nodes, remarks: [...remarks, ...ofOwn] },
    paths: files.map(({ path }) => path),
  })
  const directory = `vhacs-report-${made.time.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}`
  return [{ path: 'index.txt', text: index }, ...files].map(({ path, text }) => ({
    path: `${directory}/${mask(path)}`,
    text: mask(text),
  }))
}

/** @throws RangeError for a name of another form, and for a file that exists. */
function requireNewFile(system: System, path: string): void {
  if (!/[^/]\.tar\.zst$/.test(path))
    throw new RangeError(`${path}: the name of a report ends in .tar.zst, as /root/cluster.tar.zst does`)
  if (exists(system, path)) throw alreadyThere(path)
}

function alreadyThere(path: string, cause?: unknown): RangeError {
  return new RangeError(`${path} exists: give another name, or remove it first`, { cause })
}

/** @throws Error, with nothing left behind, where there is no room or the directory does not exist. */
async function create(system: System, path: string, bytes: Uint8Array): Promise<void> {
  try {
    await system.createFile(path, bytes)
  } catch (error) {
    if (hasCode(error, 'EEXIST')) throw alreadyThere(path, error)
    if (!hasCode(error, 'ENOSPC', 'EDQUOT')) throw error
    const why = `there is no room for ${path} (${sizeText(bytes)})`
    throw new Error(`${why}: free some, or write it to another file system`, { cause: error })
  }
}

function sizeText({ length }: Uint8Array): string {
  return `${(length / 2 ** 20).toFixed(1)} MiB`
}

function plan(names: readonly string[], path: string): string[] {
  return [
    `from ${names.join(', ')}:`,
    ...FILE_PATTERNS.map(pattern => `    ${pattern}`),
    ...[...STATE_COMMANDS, ...LOG_COMMANDS].map(([name]) => `    ${name}`),
    `from ${OWN_COMMANDS.map(([, words]) => `vhacs ${words.join(' ')}`).join(', ')}`,
    `write ${path}`,
  ]
}
