import type { Section } from './syntax.ts'

/**
 * The algorithm by which a resource is verified; undefined where it cannot be. Of its configuration, and of what `drbdsetup show` prints.
 * @see drbd.conf(5), "verify-alg"
 */
export function verifyAlgIn({ words: [name], children }: Section): string | undefined {
  if (name === 'net') return children.find(({ words }) => words[0] === 'verify-alg')?.words[1] || undefined
  for (const child of children) {
    const found = verifyAlgIn(child)
    if (found !== undefined) return found
  }
  return undefined
}
