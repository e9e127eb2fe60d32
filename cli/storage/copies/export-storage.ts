import { UNCHANGED } from '../../../cloud/configuration.ts'
import { configurationOf } from '../../../cloud/file/from-cluster.ts'
import { writeFile } from '../../../cloud/file/write-file.ts'
import { exists } from '../../../system/files.ts'
import { totalOf } from '../../../system/nodes/blocks/extents.ts'
import { hasCode } from '../../../system/system.ts'
import type { ArchiveHead } from '../../clouds/archive/layout.ts'
import { writeArchive } from '../../clouds/archive/write-archive.ts'
import { compressed } from '../../clouds/archive/zstd.ts'
import { copyProgress } from '../../clouds/copy-progress.ts'
import { type CopySource, withCopySource } from '../../clouds/snapshots/with-copy-source.ts'
import type { Call } from '../../command/verb.ts'
import { timedWork } from '../../command/work.ts'
import { runSteps, type Work } from '../../run/steps.ts'
import { roundedSize } from '../../terminal/sizes.ts'
import { contentOf, type SnapshotContent } from './content-of.ts'
import { parseSourceName } from './source-name.ts'

/** Standard input or output instead of a file. */
export const STANDARD = '-'

/** vhacs storage --export */
export async function exportStorage(call: Call): Promise<void> {
  const { value, operand = '', terminal } = call
  const wanted = parseSourceName(value)
  requireDestination(call, operand)
  // what is printed must not be part of the archive
  const print = operand === STANDARD ? terminal.printError : terminal.print
  const work = timedWork({ ...call, terminal: { ...terminal, print } })
  await withCopySource(work, wanted, source => exportSource(call, work, { source, snapshot: wanted.snapshot }))
}

async function exportSource(
  { operand: path = '', terminal, isDryRun }: Call,
  work: Work,
  { source, snapshot }: { readonly source: CopySource; readonly snapshot: string | undefined },
): Promise<void> {
  const { cloud, node } = source
  const where = path === STANDARD ? 'standard output' : path
  const write = async () => {
    if (isDryRun) {
      if (path !== STANDARD) await work.system.createFile(path, new Uint8Array())
      return
    }
    const content = await contentOf(work, source)
    work.print(`${roundedSize(totalOf(content.extents))} of ${roundedSize(content.fileSystemBytes)} are in use`)
    const bytes = archiveOf(work, headOf(source, content, snapshot), content)
    if (path !== STANDARD) return create(work, path, bytes)
    const output = terminal.openOutput?.()
    for await (const piece of bytes) await output?.write(piece)
    await output?.end()
  }
  await runSteps([{ name: `exporting ${cloud.name} from ${node} to ${where}`, run: write }], work)
  if (!isDryRun) work.print(`${cloud.name} is exported to ${where}`)
}

function archiveOf(work: Work, head: ArchiveHead, content: SnapshotContent): AsyncIterable<Uint8Array> {
  const onProgress = copyProgress(work, totalOf(content.extents))
  const counted = async function* () {
    let sum = 0
    for await (const bytes of content.bytes(work.interruption)) {
      sum += bytes.length
      onProgress(sum)
      yield bytes
    }
  }
  return compressed(writeArchive(head, counted()))
}

function headOf(
  { cloud, cluster, takenAt }: CopySource,
  { volumeBytes, fileSystemBytes, extents }: SnapshotContent,
  snapshot: string | undefined,
): ArchiveHead {
  const unrecorded = {
    networks: UNCHANGED.networks,
    initiators: new Map<string, string>(),
    sizes: new Map([[cloud.name, volumeBytes]]),
  }
  const { clouds } = configurationOf({ ...cluster, clouds: [cloud] }, unrecorded)
  const facts = { storage: cloud.name, snapshot, takenAt, cluster: cluster.name, volumeBytes, fileSystemBytes }
  const entry = writeFile({ ...UNCHANGED, nodes: [], clouds })
  return { facts, entry, extents }
}

/** @throws RangeError for a name of another form, a file that exists, and a terminal. */
function requireDestination({ system, terminal, isDryRun }: Call, path: string): void {
  if (path === STANDARD) {
    if (!terminal.openOutput && !isDryRun)
      throw new RangeError('standard output is a terminal: redirect it, or name a file')
    return
  }
  if (!/[^/]\.tar\.zst$/.test(path))
    throw new RangeError(`${path}: the name of an export ends in .tar.zst, as /backup/mail1.tar.zst does`)
  if (exists(system, path)) throw alreadyThere(path)
}

function alreadyThere(path: string, cause?: unknown): RangeError {
  return new RangeError(`${path} exists: give another name, or remove it first`, { cause })
}

/** @throws Error, with nothing left behind. */
async function create({ system }: Work, path: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    await system.createFile(path, bytes)
  } catch (error) {
    if (hasCode(error, 'EEXIST')) throw alreadyThere(path, error)
    if (!hasCode(error, 'ENOSPC', 'EDQUOT')) throw error
    throw new Error(`there is no room for ${path}: free some, or write it to another file system`, { cause: error })
  }
}
