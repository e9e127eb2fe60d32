import type { WantedCloud } from '../../../cloud/configuration.ts'
import { readFile } from '../../../cloud/file/read-file.ts'
import { parseCloudName } from '../../../cloud/names.ts'
import { areExtents } from '../../../system/nodes/blocks/extents.ts'
import { type OpenArchive, openArchive } from '../../clouds/archive/read-archive.ts'
import { decompressed } from '../../clouds/archive/zstd.ts'
import { createRequested } from '../../clouds/creation/create-requested.ts'
import type { Call } from '../../command/verb.ts'
import { inputName } from '../../terminal/read-input.ts'
import { STANDARD } from './export-storage.ts'
import { requestedCopy } from './new-storage.ts'

/** vhacs storage --import */
export async function importStorage(call: Call): Promise<void> {
  const { value, operand: path = '', options, terminal } = call
  const name = parseCloudName(value)
  const archive = await opened(call, path)
  try {
    const { facts, extents } = archive
    const entry = entryOf(archive, path)
    if (!areExtents(extents, facts.fileSystemBytes)) throw inFile(path, new RangeError('its map has no superblock'))
    const { mountOptions, chap } = entry
    const hasChap = chap !== undefined && chap !== 'none'
    const request = requestedCopy(name, options, { ...facts, mountOptions, hasChap })
    const { cluster, takenAt, storage, fileSystemBytes } = facts
    const origin = cluster === undefined ? storage : `${storage} of the cluster ${cluster}`
    terminal.print(`${inputName(path)} has ${origin}, as it was at ${takenAt.toISOString().replace(/\.\d+/, '')}`)
    const bytes = () => contentIn(archive, path)
    await createRequested(call, request, { content: { fileSystemBytes, extents, bytes } })
  } finally {
    await archive.close()
  }
}

/** The archive, of which the head has been read. @throws RangeError that says what is wrong with it. */
async function opened({ system, terminal }: Call, path: string): Promise<OpenArchive> {
  const { interruption } = terminal
  const packed = path === STANDARD ? terminal.inputBytes?.() : system.readPieces(path, interruption)
  if (packed === undefined) throw new RangeError('standard input is a terminal: redirect it, or name a file')
  try {
    return await openArchive(decompressed(packed))
  } catch (error) {
    interruption.throwIfAborted()
    throw inFile(path, error)
  }
}

async function* contentIn(archive: OpenArchive, path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* archive.content()
  } catch (error) {
    throw inFile(path, error)
  }
}

/** The cloud as it was in the cluster of the export. @throws RangeError */
function entryOf({ entry, facts }: OpenArchive, path: string): WantedCloud {
  const { configuration, problems } = readFile(entry)
  const [problem] = problems
  const found = configuration?.clouds.find(({ name }) => name === facts.storage)
  if (found === undefined || problem !== undefined)
    throw inFile(path, new RangeError(`its clouds.yaml cannot be read: ${problem?.message ?? 'the cloud is missing'}`))
  return found
}

/** An error that also names the file. */
function inFile(path: string, error: unknown): unknown {
  if (error instanceof RangeError)
    return new RangeError(`${inputName(path)} cannot be imported: ${error.message}`, { cause: error })
  return error
}
