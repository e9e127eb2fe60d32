import { type System, type Tool, ToolFailed } from '../../../system/system.ts'
import { type Call, textOf } from '../../command/verb.ts'
import { inputName, STANDARD_INPUT } from '../../terminal/read-input.ts'
import { tarBytes } from './archive-bytes.ts'
import { diskUse } from './disk-use.ts'
import type { Image } from './image.ts'
import { suiteImage } from './suite.ts'

/** What an operator names as the content of new containers; of a file the beginning is read. @throws RangeError that says what is wrong. */
export async function requestedImage(call: Call): Promise<Image> {
  const [path, suite] = [textOf(call.options, 'image'), textOf(call.options, 'suite')]
  if (path !== undefined && suite === undefined)
    return path === STANDARD_INPUT ? standardInput(call) : imageAt(call, path)
  if (path === undefined && suite !== undefined) return suiteImage(call, suite)
  throw new RangeError(
    'give one of --image, for an existing root file system, and --suite, for a new one by mmdebstrap',
  )
}

function standardInput({ system, terminal }: Call): Image {
  const packed = terminal.inputBytes?.()
  if (packed === undefined) throw new RangeError('standard input is a terminal: redirect it, or name a file')
  return archive(system, STANDARD_INPUT, () => packed)
}

async function imageAt({ system, terminal }: Call, path: string): Promise<Image> {
  const { kind } = await inImage(path, async () => system.stat(path))
  if (kind === 'directory') return directoryImage(system, system.realPath(path))
  const image = archive(system, path, signal => system.readPieces(path, signal))
  if (kind !== 'file') return image
  for await (const _ of image.bytes(terminal.interruption)) break
  return { ...image, isReadOnce: false, leastBytes: await diskUse(system, path, ['--apparent-size']) }
}

function archive(system: System, path: string, open: (signal: AbortSignal) => AsyncIterable<Uint8Array>): Image {
  const bytes = async function* (signal: AbortSignal) {
    const tar = tarBytes(system, open(signal), signal)
    try {
      for (;;) {
        const { done, value } = await inImage(path, () => tar.next())
        if (done) return
        yield value
      }
    } finally {
      await tar.return(undefined)
    }
  }
  return { what: inputName(path), leastBytes: 0, isReadOnce: true, bytes }
}

const tar: Tool = { name: 'tar', package: 'tar' }

/** What is mounted below it is left out. */
async function directoryImage(system: System, path: string): Promise<Image> {
  const what = [
    '--one-file-system',
    '--numeric-owner',
    '--sparse',
    '--exclude=./.vhacs-new-*',
    `--directory=${path}`,
    '.',
  ]
  const how = ['--acls', '--xattrs', '--xattrs-include=user.*', '--xattrs-include=security.capability']
  const bytes = async function* (signal: AbortSignal) {
    const finished = yield* system.stream(tar, ['--create', '--file=-', '--format=posix', ...how, ...what], {
      signal,
      looks: true,
    })
    if (finished.status !== 0) throw new RangeError(`${path} cannot be read: ${new ToolFailed(finished).message}`)
  }
  return { what: path, leastBytes: await diskUse(system, path, ['--one-file-system']), isReadOnce: false, bytes }
}

/** @throws RangeError that names the image, for what is wrong with it. */
async function inImage<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof RangeError)
      throw new RangeError(`${inputName(path)} is not an image: ${error.message}`, { cause: error })
    throw error
  }
}
