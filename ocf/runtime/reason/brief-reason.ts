/** Pacemaker keeps this many bytes of an exit reason, and cuts off the rest, even within a character. */
export const KEPT_BYTES = 128

/** A longer word is a name or a path: its middle is left out first, because the end of the reason may contain the advice. */
const WORD_BYTES = 40

/** The reason in at most KEPT_BYTES: names are abbreviated, the longest first; if that does not suffice, the end is cut off. */
export function briefReason(reason: string): string {
  let brief = reason
  for (;;) {
    if (Buffer.byteLength(brief) <= KEPT_BYTES) return brief
    const word = longestWord(brief)
    if (Buffer.byteLength(word) <= WORD_BYTES) return `${startOf(brief, KEPT_BYTES - 3).trimEnd()}…`
    brief = brief.replace(word, () => `${startOf(word, 24)}…${endOf(word, 12)}`)
  }
}

function longestWord(text: string): string {
  return text
    .split(' ')
    .reduce((longest, word) => (Buffer.byteLength(word) > Buffer.byteLength(longest) ? word : longest))
}

/** As many whole characters of the start as fit in so many bytes. */
function startOf(text: string, bytes: number): string {
  return fitting([...text], bytes).join('')
}

function endOf(text: string, bytes: number): string {
  return fitting([...text].toReversed(), bytes)
    .toReversed()
    .join('')
}

function fitting(characters: readonly string[], bytes: number): readonly string[] {
  let left = bytes
  const end = characters.findIndex(character => {
    left -= Buffer.byteLength(character)
    return left < 0
  })
  return end === -1 ? characters : characters.slice(0, end)
}
