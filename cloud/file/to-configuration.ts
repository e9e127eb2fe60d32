import type { Configuration } from '../configuration.ts'
import { type Path, type Problem, valueText } from '../problem.ts'
import {
  type CloudItem,
  cloudOf,
  type NetworkItems,
  type NodeItem,
  networksOf,
  nodeOf,
  type ValueReader,
} from './values.ts'
import { type VserverItem, vserverOf } from './vserver.ts'

/** A whole file, in the form that the schema allows. */
export interface FileItems {
  readonly cluster?: string
  readonly networks?: NetworkItems
  readonly nodes?: readonly NodeItem[]
  readonly clouds: readonly CloudItem[]
  readonly vservers?: readonly VserverItem[]
}

/** The configuration in the items of a file; an invalid value becomes undefined, and a problem. */
export function toConfiguration({ cluster, networks = {}, nodes = [], clouds, vservers = [] }: FileItems) {
  const problems: Problem[] = []
  const reader = (...path: Path) => readerAt(path, problem => problems.push(problem))
  const configuration: Configuration = {
    cluster,
    networks: networksOf(networks, reader('networks')),
    nodes: nodes.map((node, index) => nodeOf(node, reader('nodes', index))),
    clouds: clouds.map((cloud, index) => cloudOf(cloud, reader('clouds', index))),
    vservers: vservers.map((vserver, index) => vserverOf(vserver, reader('vservers', index))),
  }
  return { configuration, problems }
}

function readerAt(path: Path, report: (problem: Problem) => void): ValueReader {
  return (key, value, parse) => {
    if (value === undefined) return undefined
    try {
      return parse(value)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      report(problemOf([...path, ...(typeof key === 'string' ? [key] : key)], value, error.message))
      return undefined
    }
  }
}

/** Some parsers include the value in their message. */
function problemOf(path: Path, value: unknown, expected: string): Problem {
  const key = path.findLast(step => typeof step === 'string')
  const actual = expected.includes(valueText(value)) ? '' : ` is ${valueText(value)}`
  return { path, message: `${key}${actual}: ${expected}` }
}
