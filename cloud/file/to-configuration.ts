import type { Configuration } from '../configuration.ts'
import { type Complaint, type Path, shown } from '../problem.ts'
import { cloudOf, type FileItems, networksOf, nodeOf, type Reader } from './values.ts'

/** The configuration that the items of a file are meant to be; values of the wrong form are undefined, with a complaint. */
export function understand({ cluster, networks = {}, nodes = [], clouds }: FileItems) {
  const complaints: Complaint[] = []
  const reader = (...path: Path) => readerAt(path, complaint => complaints.push(complaint))
  const configuration: Configuration = {
    cluster,
    networks: networksOf(networks, reader('networks')),
    nodes: nodes.map((node, index) => nodeOf(node, reader('nodes', index))),
    clouds: clouds.map((cloud, index) => cloudOf(cloud, reader('clouds', index))),
  }
  return { configuration, complaints }
}

function readerAt(path: Path, complain: (complaint: Complaint) => void): Reader {
  return (key, value, parse) => {
    if (value === undefined) return undefined
    try {
      return parse(value)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      complain(complaintOf([...path, ...(typeof key === 'string' ? [key] : key)], value, error.message))
      return undefined
    }
  }
}

/** Some parsers say themselves what they got. */
function complaintOf(path: Path, value: unknown, expected: string): Complaint {
  const key = path.findLast(step => typeof step === 'string')
  const got = expected.includes(shown(value)) ? '' : ` is ${shown(value)}`
  return { path, message: `${key}${got}: ${expected}` }
}
