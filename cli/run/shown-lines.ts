import { MASK, withoutSecrets } from '../../system/secret-text.ts'
import type { RunOptions } from '../../system/system.ts'

/** The lines of a command's input or output for display, with each secret masked. */
export function shownLines(text: string, { isSecret }: RunOptions = {}): string[] {
  const lines = text.split('\n').filter(Boolean)
  if (isSecret) return lines.map(() => MASK)
  return withoutSecrets(text).split('\n').filter(Boolean)
}
