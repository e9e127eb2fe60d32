/** As tar(5) stores without an extension; deeper and longer ones are none of ours. */
const DEEPEST = 12
const LONGEST_PART = 200

/**
 * A path that stays in the directory where it is unpacked, whatever a node has sent: relative, without `..`, of characters that show
 * as they are. Undefined if nothing remains.
 */
export function safePath(text: string): string | undefined {
  const parts = text
    .slice(0, DEEPEST * LONGEST_PART)
    .split('/')
    .filter(part => part !== '' && part !== '.')
    .slice(0, DEEPEST)
    .map(safePart)
  return parts.length === 0 ? undefined : parts.join('/')
}

function safePart(part: string): string {
  if (/^\.+$/.test(part)) return '_'.repeat(Math.min(part.length, LONGEST_PART))
  return part.replace(/[^\w.,:@+=%~ -]/g, '_').slice(0, LONGEST_PART)
}
