import type { Path, Problem } from '../problem.ts'

/**
 * The problems of a configuration, except those that only follow from problems of the file. `causes` are the places of the latter
 * in the configuration, where the malformed values are missing.
 */
export function withoutConsequences(problems: readonly Problem[], causes: readonly Path[]): Problem[] {
  const areNodesWrong = causes.some(([list]) => list === 'nodes')
  const areCloudsWrong = causes.some(([list]) => list === 'clouds')
  return problems.filter(({ path }) => {
    if (areNodesWrong && dependsOnNodes(path)) return false
    if (areCloudsWrong && dependsOnClouds(path)) return false
    return causes.every(cause => !isAround(cause, path) && !isAround(path, cause))
  })
}

/** Roles and names of nodes determine where clouds can be placed. */
function dependsOnNodes([list, , key]: Path): boolean {
  return list === 'nodes' || (list === 'clouds' && (key === undefined || key === 'storage' || key === 'vhosts'))
}

/** The name and the values of a cloud determine which vservers can be on it. */
function dependsOnClouds([list, , key]: Path): boolean {
  return list === 'vservers' && (key === 'cloud' || key === 'vhosts')
}

function isAround(outer: Path, inner: Path): boolean {
  return outer.every((step, index) => inner[index] === step)
}
