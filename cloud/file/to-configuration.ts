import type { Configuration } from '../configuration.ts'
import { type Path, type Problem, valueText } from '../problem.ts'
import { cloudOf, type FileItems, networksOf, nodeOf, type ValueReader } from './values.ts'

/** The configuration that the items of a file are meant to be; values of the wrong form are undefined, with a problem. */
export function toConfiguration({ cluster, networks = {}, nodes = [], clouds }: FileItems) {
  const problems: Problem[] = []
  const reader = (...path: Path) => readerAt(path, problem => problems.push(problem))
  const configuration: Configuration = {
    cluster,
    networks: networksOf(networks, reader('networks')),
    nodes: nodes.map((node, index) => nodeOf(node, reader('nodes', index))),
    clouds: clouds.map((cloud, index) => cloudOf(cloud, reader('clouds', index))),
  }
  return { configuration, problems }
}

function readerAt(path: Path, complain: (problem: Problem) => void): ValueReader {
  return (key, value, parse) => {
    if (value === undefined) return undefined
    try {
      return parse(value)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      complain(problemOf([...path, ...(typeof key === 'string' ? [key] : key)], value, error.message))
      return undefined
    }
  }
}

/** Some parsers say themselves what they got. */
function problemOf(path: Path, value: unknown, expected: string): Problem {
  const key = path.findLast(step => typeof step === 'string')
  const got = expected.includes(valueText(value)) ? '' : ` is ${valueText(value)}`
  return { path, message: `${key}${got}: ${expected}` }
}
