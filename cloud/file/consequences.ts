import type { Path, Problem } from '../problem.ts'

/**
 * The problems of a configuration without those that only follow from a problem of the file, whose place in the configuration
 * `causes` are: what is malformed there is missing in the configuration.
 */
export function withoutConsequences(problems: readonly Problem[], causes: readonly Path[]): Problem[] {
  const areNodesWrong = causes.some(([list]) => list === 'nodes')
  return problems.filter(({ path }) => {
    if (areNodesWrong && dependsOnNodes(path)) return false
    return causes.every(cause => !isAround(cause, path) && !isAround(path, cause))
  })
}

/** Roles and names of nodes decide where clouds can be. */
function dependsOnNodes([list, , key]: Path): boolean {
  return list === 'nodes' || (list === 'clouds' && (key === undefined || key === 'storage' || key === 'vhosts'))
}

function isAround(outer: Path, inner: Path): boolean {
  return outer.every((step, index) => inner[index] === step)
}
