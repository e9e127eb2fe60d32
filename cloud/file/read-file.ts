import type { Configuration } from '../configuration.ts'
import type { Path, Problem } from '../problem.ts'
import { contradictions } from './cross-checks.ts'
import { type Position, readDocument } from './document.ts'
import { schemaProblems } from './schema-problems.ts'
import { toConfiguration } from './to-configuration.ts'
import type { FileItems } from './values.ts'

/** The configuration in a file, as far as it is valid, and all problems of the file. */
export interface ParsedFile {
  /** Without malformed nodes and clouds; undefined when the text is not YAML. */
  readonly configuration: Configuration | undefined
  /** By position. */
  readonly problems: readonly LocatedProblem[]
  /** Of a problem of the configuration, whose paths count the configuration's own clouds and nodes. */
  positionOf(problem: Problem): Position
}

export interface LocatedProblem {
  readonly position: Position
  readonly isUnreachable?: true
  readonly message: string
}

/** In the form of compilers, so that editors can jump to it. */
export function problemText(file: string, { position: place, message }: LocatedProblem): string {
  return `${file}:${place.line}:${place.column}: ${message}`
}

export function byPosition({ position: one }: LocatedProblem, { position: other }: LocatedProblem): number {
  return one.line - other.line || one.column - other.column
}

/** Parses the text of a file of clouds. */
export function readFile(text: string): ParsedFile {
  const read = readDocument(text)
  if ('problems' in read)
    return { configuration: undefined, problems: read.problems, positionOf: () => ({ line: 1, column: 1 }) }
  const { value, positionOf: positionInFile } = read.document
  const malformed = schemaProblems(value)
  const { items, positions } = wellFormed(value, malformed)
  const { configuration, problems } = toConfiguration(items)
  const positionOf = ({ path, ...rest }: Problem) => positionInFile({ ...rest, path: originalPath(path, positions) })
  return {
    configuration,
    problems: [
      ...malformed.map(problem => ({ position: positionInFile(problem), message: problem.message })),
      ...[...problems, ...contradictions(configuration)].map(problem => ({
        position: positionOf(problem),
        message: problem.message,
      })),
    ].sort(byPosition),
    positionOf,
  }
}

const LISTS = ['nodes', 'clouds'] as const
type Positions = Readonly<Record<string, readonly number[]>>

/** What the schema accepts: whole keys of the file and of its items, and the index of each item in its list. */
function wellFormed(value: unknown, malformed: readonly Problem[]): { items: FileItems; positions: Positions } {
  const isFine = (...path: Path) =>
    malformed.every(problem => !path.every((step, index) => problem.path[index] === step))
  const whole = isRecord(value) ? value : {}
  const lists = LISTS.map(list => {
    const all: unknown[] = Array.isArray(whole[list]) ? whole[list] : []
    const items = all.flatMap((item, index) => {
      // a key is missing, or it is not a mapping
      const isWhole = malformed.every(({ path }) => path.length !== 2 || path[0] !== list || path[1] !== index)
      const entries = isRecord(item) ? Object.entries(item).filter(([key]) => isFine(list, index, key)) : []
      return isWhole && entries.some(([key]) => key === 'name') ? [{ item: Object.fromEntries(entries), index }] : []
    })
    return [list, items] as const
  })
  const single = ['cluster', 'networks'].filter(key => key in whole && isFine(key)).map(key => [key, whole[key]])
  return {
    items: {
      clouds: [],
      ...Object.fromEntries(single),
      ...Object.fromEntries(lists.map(([list, items]) => [list, items.map(({ item }) => item)])),
    },
    positions: Object.fromEntries(lists.map(([list, items]) => [list, items.map(({ index }) => index)])),
  }
}

function originalPath([list, index, ...rest]: Path, positions: Positions): Path {
  if (list === undefined) return []
  if (typeof index !== 'number') return index === undefined ? [list] : [list, index, ...rest]
  return [list, positions[list]?.[index] ?? index, ...rest]
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
