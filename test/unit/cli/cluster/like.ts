import { expect } from 'vitest'

/** Matches a line, in whose pattern … stands for any text. */
export function like(pattern: string): unknown {
  const parts = pattern.split('…').map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return expect.stringMatching(new RegExp(`^${parts.join('.*')}$`))
}
