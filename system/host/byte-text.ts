import { isUtf8 } from 'node:buffer'

/*
 * Paths of the kernel are bytes, of which users choose any but NUL and "/". A text has each byte that is not part of UTF-8 as a lone
 * surrogate, U+DC80 to U+DCFF, so that two paths never become the same text and each leads back to its bytes.
 */

/** The text of these bytes. */
export function textOf(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8')
  return bytes
    .toString('latin1')
    .replace(SEQUENCE, sequence =>
      sequence.length === 1
        ? String.fromCharCode(0xdc00 + sequence.charCodeAt(0))
        : Buffer.from(sequence, 'latin1').toString('utf8'),
    )
}

/** A character of several bytes (RFC 3629, section 4), or else one byte outside ASCII. */
const SEQUENCE =
  /[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|\xed[\x80-\x9f][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xf0[\x90-\xbf][\x80-\xbf]{2}|\xf4[\x80-\x8f][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|[\x80-\xff]/g

/** The bytes of a text. */
export function bytesOf(text: string): Buffer {
  const parts = text.split(/([\udc80-\udcff])/u)
  return Buffer.concat(
    parts.map((part, index) => (index % 2 === 0 ? Buffer.from(part) : Buffer.of(part.charCodeAt(0) - 0xdc00))),
  )
}

/** A path or content in the form that node:fs takes; a text that is plain UTF-8 stays as it is. */
export function encoded(text: string): string | Buffer {
  return text.isWellFormed() ? text : bytesOf(text)
}

/**
 * A command line whose arguments may have any bytes: node:child_process passes UTF-8 only, so the shell makes the others from
 * their escapes.
 */
export function commandOf(program: string, args: readonly string[]): readonly [string, ...string[]] {
  if (args.every(arg => arg.isWellFormed())) return [program, ...args]
  return ['/bin/sh', '-c', UNESCAPE, 'sh', ...[program, ...args].map(escaped)]
}

/** The underscore keeps newlines at the end, which a substitution removes. */
const UNESCAPE = `left=$#; while [ "$left" -gt 0 ]; do arg=$(printf %b_ "$1"); shift; set -- "$@" "\${arg%_}"; left=$((left - 1)); done; exec "$@"`

/** As printf(1) reads it with %b. */
function escaped(text: string): string {
  return [...bytesOf(text)].map(byte => `\\0${byte.toString(8).padStart(3, '0')}`).join('')
}
