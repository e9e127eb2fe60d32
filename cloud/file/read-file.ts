import type { Configuration } from '../configuration.ts'
import type { Path, Problem } from '../problem.ts'
import { withoutConsequences } from './consequences.ts'
import { contradictions } from './cross-checks.ts'
import { type Position, readDocument } from './document.ts'
import { schemaProblems } from './schema-problems.ts'
import { type FileItems, toConfiguration } from './to-configuration.ts'

/** The valid part of the configuration in a file, and all problems of the file. */
export interface ParsedFile {
  /** Without malformed nodes and clouds; undefined when the text is not YAML. */
  readonly configuration: Configuration | undefined
  /** By position. */
  readonly problems: readonly LocatedProblem[]
  /**
   * Problems of the configuration, whose paths refer to its own clouds and nodes, at their places in the file; without those that
   * only follow from a problem of the file.
   */
  located(problems: readonly Problem[]): LocatedProblem[]
}

export interface LocatedProblem {
  readonly position: Position
  readonly isUnreachable?: true
  readonly message: string
}

/** In the form of compilers, so that editors can jump to the place. */
export function problemText(file: string, { position: place, message }: LocatedProblem): string {
  return `${file}:${place.line}:${place.column}: ${message}`
}

export function byPosition({ position: one }: LocatedProblem, { position: other }: LocatedProblem): number {
  return one.line - other.line || one.column - other.column
}

/** Parses the text of a file of clouds. */
export function readFile(text: string): ParsedFile {
  const read = readDocument(text)
  if ('problems' in read) return { configuration: undefined, problems: read.problems, located: () => [] }
  const { value, positionOf: positionInFile } = read.document
  const malformed = schemaProblems(value)
  const { items, positions } = wellFormed(value, malformed)
  const { configuration: parsed, problems } = toConfiguration(items)
  const inFile = (problem: Problem) => ({ ...problem, path: originalPath(problem.path, positions) })
  const wrongValues = [...malformed, ...problems.map(inFile)]
  const configuration = withMalformed(parsed, wrongValues, positions)
  const all = [...wrongValues, ...contradictions(configuration).map(inFile)]
  const locate = (problem: Problem) => ({ ...problem, position: positionInFile(problem) })
  const causes = all.map(({ path }) => path)
  return {
    configuration,
    problems: all.map(locate).sort(byPosition),
    located: found => withoutConsequences(found.map(inFile), causes).map(locate),
  }
}

/** The configuration, with a mark on clouds and vservers that have an invalid value. */
function withMalformed(
  configuration: Configuration,
  problems: readonly Problem[],
  positions: Positions,
): Configuration {
  const marked = <T extends object>(list: 'clouds' | 'vservers', items: readonly T[]) => {
    // an unknown key does not prevent reading the rest
    const wrong = new Set(
      problems.flatMap(({ path: [first, index], isKey }) => (first === list && !isKey ? [index] : [])),
    )
    const isWrong = (index: number) => wrong.has(positions[list]?.[index] ?? -1)
    return items.map((item, index) => (isWrong(index) ? { ...item, isMalformed: true as const } : item))
  }
  const { clouds, vservers } = configuration
  return { ...configuration, clouds: marked('clouds', clouds), vservers: marked('vservers', vservers) }
}

const LISTS = ['nodes', 'clouds', 'vservers'] as const
type Positions = Readonly<Record<string, readonly number[]>>

/** The parts that the schema accepts: whole keys of the file and of its items, and the index of each item in its list. */
function wellFormed(value: unknown, malformed: readonly Problem[]): { items: FileItems; positions: Positions } {
  // the paths of all problems, and of what these are in
  const wrong = new Set(
    malformed.flatMap(({ path }) => path.map((_, index) => JSON.stringify(path.slice(0, index + 1)))),
  )
  const wrongAsAWhole = new Set(malformed.map(({ path }) => JSON.stringify(path)))
  const isFine = (...path: Path) => !wrong.has(JSON.stringify(path))
  const whole = isRecord(value) ? value : {}
  const lists = LISTS.map(list => {
    const all: unknown[] = Array.isArray(whole[list]) ? whole[list] : []
    const items = all.flatMap((item, index) => {
      // a key is missing, or it is not a mapping
      const isWhole = !wrongAsAWhole.has(JSON.stringify([list, index]))
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
