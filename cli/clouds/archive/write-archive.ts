import { createHash } from 'node:crypto'
import { totalOf } from '../../../system/nodes/blocks/extents.ts'
import { factsText } from './facts.ts'
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
import { END_BYTES, memberHeader, padded, paddingOf, sparseHeader } from './tar.ts'

/** The bytes of an archive. @throws RangeError when the content does not have the length of the extents; the error of the content. */
export async function* writeArchive(head: ArchiveHead, content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  let length = 0
  for await (const bytes of beforeEnd(head, content)) {
    hash.update(bytes)
    length += bytes.length
    yield bytes
  }
  const end = endText({ bytes: length, sha256: hash.digest('hex') })
  yield member(head, END_NAME, end)
  yield Buffer.alloc(END_BYTES)
}

async function* beforeEnd(head: ArchiveHead, content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { facts, entry, extents } = head
  yield member(head, FACTS_NAME, factsText(facts))
  yield member(head, ENTRY_NAME, entry)
  const map = padded(Buffer.from(mapText(extents, facts.fileSystemBytes)))
  const contentBytes = totalOf(extents)
  const image = {
    ...{ name: imageName(facts), sizeBytes: map.length + contentBytes },
    modifiedSeconds: modifiedSeconds(facts),
  }
  yield sparseHeader(image, facts.fileSystemBytes)
  yield map
  let left = contentBytes
  for await (const bytes of content) {
    left -= bytes.length
    if (left < 0) throw new RangeError('the content is longer than its extents')
    yield bytes
  }
  if (left > 0) throw new RangeError(`${left} bytes of the content are missing`)
  yield Buffer.alloc(paddingOf(contentBytes))
}

function member({ facts }: ArchiveHead, name: string, text: string): Buffer {
  const content = Buffer.from(text)
  const header = memberHeader({ name, sizeBytes: content.length, modifiedSeconds: modifiedSeconds(facts) })
  return Buffer.concat([header, padded(content)])
}
