import { inOneLine } from './printable.ts'

/** A title, and below it names and values in two columns. */
export function paragraphOf(title: string, pairs: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(0, ...pairs.map(([name]) => name.length)) + 2
  return [title, ...pairs.map(([name, value]) => `    ${`${name}:`.padEnd(width)}${inOneLine(value)}`)].join('\n')
}
