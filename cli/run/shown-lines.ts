import { MASK, withoutSecrets } from '../../system/secret-text.ts'
import type { RunOptions } from '../../system/system.ts'

/** The lines of a command's input or output that may be shown, with a mask in place of each secret. */
export function shownLines(text: string, { isSecret }: RunOptions = {}): string[] {
  const lines = text.split('\n').filter(Boolean)
  if (isSecret) return lines.map(() => MASK)
  return withoutSecrets(text).split('\n').filter(Boolean)
}
