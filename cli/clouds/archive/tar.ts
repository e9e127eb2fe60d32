/*
 * The parts of a tar archive that an export consists of (POSIX.1-2008, pax, "ustar Interchange Format"), and a sparse file in it in version 1.0
 * of GNU tar ("Storing Sparse Files" in its manual): what is left out is told by a map at the beginning of the content.
 */

export const BLOCK_BYTES = 512
/** What the octal digits of a header can express. */
const MOST_BYTES = 8 ** 11

/** What a header says. */
export interface Member {
  readonly name: string
  /** Of the content in the archive. */
  readonly sizeBytes: number
  readonly modifiedSeconds: number
}

/** The header of a file that only root may read; `x`: of records about the next one. */
function headerBlock({ name, sizeBytes, modifiedSeconds }: Member, type: '0' | 'x' = '0'): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES)
  const put = (text: string, offset: number) => block.write(text, offset, 'latin1')
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0')
  put(name, 0)
  put('0000600\x000000000\x000000000\0', 100)
  put(`${octal(sizeBytes < MOST_BYTES ? sizeBytes : 0, 11)}\0${octal(modifiedSeconds, 11)}\0`, 124)
  put(`        ${type}`, 148)
  put('ustar\x0000root', 257)
  put('root', 297)
  put('0000000\x000000000\0', 329)
  const sum = block.reduce((total, byte) => total + byte, 0)
  put(`${octal(sum, 6)}\0 `, 148)
  return block
}

/** The header of an ordinary member. */
export function memberHeader(member: Member): Buffer {
  return headerBlock(member)
}

/** The headers of a sparse file of that whole size; the content has its map and what is not left out. */
export function sparseHeader(member: Member, wholeBytes: number): Buffer {
  const records = Object.entries({
    'GNU.sparse.major': '1',
    'GNU.sparse.minor': '0',
    'GNU.sparse.name': member.name,
    'GNU.sparse.realsize': String(wholeBytes),
    ...(member.sizeBytes >= MOST_BYTES && { size: String(member.sizeBytes) }),
  })
  const text = Buffer.from(records.map(([key, value]) => record(key, value)).join(''))
  const about = { ...member, name: `PaxHeaders/${member.name}`, sizeBytes: text.length }
  const file = { ...member, name: `GNUSparseFile.0/${member.name}` }
  return Buffer.concat([headerBlock(about, 'x'), padded(text), headerBlock(file)])
}

/** A record begins with its own length. */
function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`
  const length = [...'123']
    .map(digits => rest.length + Number(digits))
    .find(sum => rest.length + String(sum).length === sum)
  return `${length}${rest}`
}

/** With zeros up to a whole block. */
export function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(paddingOf(bytes.length))])
}

/** How many zeros follow a content of that length. */
export function paddingOf(length: number): number {
  return (BLOCK_BYTES - (length % BLOCK_BYTES)) % BLOCK_BYTES
}

/** Two blocks of zeros. */
export const END_BYTES = 2 * BLOCK_BYTES

/** What a header of an ordinary member says; undefined for any other block. */
export function parseHeader(block: Buffer): Member | undefined {
  const text = (from: number, to: number) => block.subarray(from, to).toString('latin1').replace(/\0.*$/s, '')
  const [size, modified] = [text(124, 136), text(136, 148)]
  if (![size, modified].every(digits => /^[0-7]{11}$/.test(digits))) return undefined
  const member = {
    name: text(0, 100),
    sizeBytes: Number.parseInt(size, 8),
    modifiedSeconds: Number.parseInt(modified, 8),
  }
  return memberHeader(member).equals(block) ? member : undefined
}
