import { type Extent, totalOf } from '../../../system/nodes/blocks/extents.ts'
import { type ByteReader, byteReader } from './byte-reader.ts'
import { type ExportFacts, parseFacts } from './facts.ts'
import {
  type ArchiveHead,
  END_NAME,
  ENTRY_NAME,
  endText,
  FACTS_NAME,
  imageName,
  mapText,
  modifiedSeconds,
} from './layout.ts'
import { BLOCK_BYTES, END_BYTES, memberHeader, padded, paddingOf, parseHeader, sparseHeader } from './tar.ts'

/** An archive whose head has been read. */
export interface OpenArchive extends ArchiveHead {
  /**
   * The content, once. It only ends where the whole archive was read, and its length and SHA-256 are those that it names.
   * @throws RangeError that says what is wrong with the archive.
   */
  content(): AsyncGenerator<Uint8Array>
  /** Gives up what has not been read. */
  close(): Promise<void>
}

/** No member in front of the content is larger. */
const MEMBER_BYTES = 2 ** 20
/** More parts than the largest file system can have. */
const MOST_PARTS = 2 ** 24

const FOREIGN = 'it is not an export of vhacs'
const ALTERED = 'it has been altered or damaged'

/**
 * Reads the head of an archive. Whatever vhacs would not have written is refused.
 * @throws RangeError that says what is wrong.
 */
export async function openArchive(source: AsyncIterable<Uint8Array>): Promise<OpenArchive> {
  const reader = byteReader(source)
  try {
    const facts = parseFacts(await readMember(reader, FACTS_NAME, FOREIGN))
    const entry = await readMember(reader, ENTRY_NAME, ALTERED)
    const extents = await readImageHead(reader, facts)
    return {
      ...{ facts, entry, extents },
      content: () => contentOf(reader, facts, totalOf(extents)),
      close: () => reader.close(),
    }
  } catch (error) {
    await reader.close()
    throw error
  }
}

async function* contentOf(reader: ByteReader, facts: ExportFacts, length: number): AsyncGenerator<Uint8Array> {
  yield* reader.pieces(length)
  await expectBytes(reader, Buffer.alloc(paddingOf(length)))
  const end = Buffer.from(endText(reader.digest()))
  const header = memberHeader({ name: END_NAME, sizeBytes: end.length, modifiedSeconds: modifiedSeconds(facts) })
  await expectBytes(reader, Buffer.concat([header, padded(end), Buffer.alloc(END_BYTES)]))
  await reader.expectEnd()
}

async function readMember(reader: ByteReader, name: string, complaint: string): Promise<string> {
  const member = parseHeader(await reader.take(BLOCK_BYTES))
  if (member?.name !== name || member.sizeBytes > MEMBER_BYTES) throw new RangeError(complaint)
  const text = await reader.take(member.sizeBytes)
  await expectBytes(reader, Buffer.alloc(paddingOf(text.length)))
  return text.toString()
}

/** The map is read before the headers in front of it are known to be right: these have its length. */
async function readImageHead(reader: ByteReader, facts: ExportFacts): Promise<Extent[]> {
  const { fileSystemBytes } = facts
  const probe = { name: imageName(facts), sizeBytes: 0, modifiedSeconds: modifiedSeconds(facts) }
  const headers = [await reader.take(BLOCK_BYTES)]
  const recordBytes = Number.parseInt(headers[0]?.toString('latin1', 124, 135) ?? '', 8)
  if (!(recordBytes > 0 && recordBytes <= BLOCK_BYTES)) throw new RangeError(ALTERED)
  headers.push(await reader.take(recordBytes + paddingOf(recordBytes)), await reader.take(BLOCK_BYTES))
  const extents = await readMap(reader, fileSystemBytes)
  const text = mapText(extents, fileSystemBytes)
  const sizeBytes = padded(Buffer.from(text)).length + totalOf(extents)
  if (!Buffer.concat(headers).equals(sparseHeader({ ...probe, sizeBytes }, fileSystemBytes)))
    throw new RangeError(ALTERED)
  await expectBytes(reader, Buffer.alloc(paddingOf(text.length)))
  return extents
}

async function readMap(reader: ByteReader, wholeBytes: number): Promise<Extent[]> {
  const count = await readNumber(reader)
  if (count > MOST_PARTS) throw new RangeError(ALTERED)
  const extents: Extent[] = []
  let next = 0
  for (let part = 0; part < count; part += 1) {
    const [offset, length] = [await readNumber(reader), await readNumber(reader)]
    const isEnd = length === 0 && offset === wholeBytes && part === count - 1
    if (offset < next || offset + length > wholeBytes || (length === 0 && !isEnd)) throw new RangeError(ALTERED)
    next = offset + length
    if (!isEnd) extents.push({ offset, length })
  }
  return extents
}

/** A line of digits. */
async function readNumber(reader: ByteReader): Promise<number> {
  let digits = ''
  for (;;) {
    const character = (await reader.take(1)).toString('latin1')
    if (character === '\n' && /^(0|[1-9]\d{0,15})$/.test(digits)) return Number(digits)
    if (!/\d/.test(character) || digits.length > 16) throw new RangeError(ALTERED)
    digits += character
  }
}

/** @throws RangeError for other bytes. */
async function expectBytes(reader: ByteReader, expected: Buffer): Promise<void> {
  if (!(await reader.take(expected.length)).equals(expected)) throw new RangeError(ALTERED)
}
