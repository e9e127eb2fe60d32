import { type Examination, wordsIn } from '../examine/examination.ts'
import { error, type NodeFinding, warning } from '../examine/finding.ts'

/** A host name that differs from the node's name, and other nodes that it cannot resolve or reach, except those in `down`. */
export function nameFindings(examined: Examination, down: readonly string[]): NodeFinding[] {
  const name = examined.sections.get('name')
  const unknown = wordsIn(examined, 'names')
  const expected = new Set([...unknown, ...down])
  const unreachable = wordsIn(examined, 'ssh').filter(other => !expected.has(other))
  const isNamed = name === undefined || name === examined.node
  return [
    ...(isNamed ? [] : [error(`its own host name is ${name}`, USE_UNAME)]),
    ...unknown.map(other => error(`cannot resolve the name ${other}`, 'add all nodes to /etc/hosts there')),
    ...unreachable.map(other =>
      warning(
        `cannot reach ${other} by ssh`,
        `make "ssh root@${other} true" work there: until then, vhacs does not work on that node`,
      ),
    ),
  ]
}

const USE_UNAME = 'use the name that "uname -n" prints there: DRBD and the cluster identify the node by it'
