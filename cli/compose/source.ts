import { resolve } from 'node:path'
import { type CibSnapshot, parseSnapshot } from '../../cloud/cib/snapshot.ts'
import { queryCibIn } from '../../system/pacemaker/cib/file.ts'
import { ToolFailed } from '../../system/system.ts'
import { readCib } from '../clouds/read-cib.ts'
import { type Call, textOf } from '../command/verb.ts'
import { messageOf } from '../run/steps.ts'
import { inputName, isRegularFile, type Reader, readInput, requireCib, STANDARD_INPUT } from '../terminal/read-input.ts'

/** The source of the cluster's configuration. */
export type Source =
  | { readonly kind: 'cluster' }
  | { readonly kind: 'none' }
  | { readonly kind: 'file'; readonly path: string }
  /** A CIB that is only read: from standard input or a pipe, or compressed. */
  | { readonly kind: 'input'; readonly path: string; readonly text: string }

/** @throws RangeError for a file that cannot be read. */
export async function sourceOf({
  options,
  terminal,
  system,
  operand,
}: Omit<Call, 'value' | 'isDryRun'>): Promise<Source> {
  const named = textOf(options, 'file')
  if (named === undefined && options.offline) return { kind: 'none' }
  const path = named ?? terminal.cibFile
  if (path === undefined) return { kind: 'cluster' }
  if (path === STANDARD_INPUT && operand === STANDARD_INPUT)
    throw new RangeError('standard input can be the file of clouds or the CIB, not both: name a file for one of them')
  const call = { system, terminal }
  if (path === STANDARD_INPUT || !isRegularFile(system, path))
    return { kind: 'input', path, text: await readInput(call, path, 'cib') }
  return path.endsWith('.bz2') ? { kind: 'input', path, text: await uncompressed(call, path) } : { kind: 'file', path }
}

/** The CIB as it is now; undefined without a cluster. @throws RangeError for a file that is no CIB. */
export async function readSource(call: Reader, source: Source): Promise<CibSnapshot | undefined> {
  if (source.kind === 'none') return undefined
  if (source.kind === 'cluster') return readCib(call.system)
  return cibIn(source.kind === 'input' ? source.text : await readInput(call, source.path, 'cib'), source.path)
}

/** The first bytes of files of gzip, bzip2, xz and zstd, with this in place of each byte that is not UTF-8. */
const COMPRESSED = ['\x1f\ufffd', 'BZh', '\ufffd7zXZ', '(\ufffd/\ufffd']

function isCompressed(text: string): boolean {
  const begin = text.slice(0, 8).replace(/[\udc80-\udcff]/g, '\ufffd')
  return COMPRESSED.some(magic => begin.startsWith(magic))
}

function cibIn(text: string, path: string): CibSnapshot {
  if (isCompressed(text))
    throw new RangeError(
      `${inputName(path)} is compressed: uncompress it (of compressed files, only those of bzip2 named *.bz2 are read)`,
    )
  try {
    return parseSnapshot(text)
  } catch (error) {
    throw new RangeError(`${inputName(path)} is not a CIB, as "cibadmin --query" prints it: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

/** Pacemaker keeps what it decided on in files such as pe-input-1.bz2. */
async function uncompressed(call: Reader, path: string): Promise<string> {
  await requireCib(call, path)
  try {
    return await queryCibIn(call.system, resolve(path))
  } catch (error) {
    if (!(error instanceof ToolFailed)) throw error
    throw new RangeError(`${path} is not a CIB compressed by bzip2 that this version of Pacemaker can read`, {
      cause: error,
    })
  }
}
