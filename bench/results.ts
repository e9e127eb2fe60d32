import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, release } from 'node:os'
import { join } from 'node:path'
import { root } from '../build/root.ts'

const PAGE = join(root, 'docs/benchmark.md')

/** The day, the machine and the versions on which a table was measured, as a sentence. */
export function machine(): string {
  const day = new Date().toISOString().slice(0, 10)
  return `${day}, ${availableParallelism()} × ${cpus()[0]?.model}, Linux ${release()}, Node.js ${process.versions.node}.`
}

/** The middle one of an odd number of values. */
export function median(numbers: readonly number[]): number {
  return numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? Number.NaN
}

/** A table in Markdown, whose first column is text and whose others are numbers. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`
  return [head, head.map((_, column) => (column === 0 ? '---' : '---:')), ...rows].map(line).join('')
}

/** Prints results, and puts them in their place in docs/benchmark.md. @throws Error if that has no place of this name. */
export function writeResults(name: string, text: string): void {
  process.stdout.write(text)
  const page = readFileSync(PAGE, 'utf8')
  const [begin, end] = [`<!-- ${name}: written by make bench -->\n`, `<!-- ${name}: end -->\n`]
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`${PAGE} has no place for "${name}"`)
  writeFileSync(PAGE, page.slice(0, from) + begin + text + page.slice(to))
}
