/** Of the blob in the executable: behind other notes of Node.js, whose sizes are multiples of 4. */
const BLOB = 4
/** Before the name of the script: a magic number, flags, a byte, and its length. */
const HEADER = 4 + 4 + 1 + 8
/** Before each text. */
const LENGTH = 8

/**
 * The main script, in ASCII, with as many blanks behind it as put its code cache, which follows it in the executable, at a multiple of 8.
 * V8 would make a copy of another one, in memory that it does not have yet.
 */
export function alignedScript(text: string, name: string): string {
  const cache = BLOB + HEADER + name.length + LENGTH + text.length + LENGTH
  return text + ' '.repeat((8 - (cache % 8)) % 8)
}
