import type { Cloud } from '../../cloud.ts'
import type { Configuration, NodeRole, WantedCloud } from '../../configuration.ts'
import { listedNames } from '../../listed-names.ts'
import { type Path, type Problem, problemIf } from '../../problem.ts'
import type { KnownNode, ResolveContext } from '../context.ts'

/** Nodes of the configuration that the cluster does not have, and a configuration for another cluster. */
export function unknownNodes({ cluster: name, nodes }: Configuration, { cluster }: ResolveContext): Problem[] {
  const names = cluster.nodes.map(node => node.name)
  const isOther = name !== undefined && cluster.name !== undefined && name !== cluster.name
  const unknown = nodes.flatMap((node, index) => {
    const isUnknown = names.length > 0 && !names.includes(node.name)
    return problemIf(isUnknown, ['nodes', index, 'name'], notANode(node.name, names))
  })
  const message = `this is the cluster ${cluster.name}, not ${name}: run this on a node of ${name}, or name this cluster`
  return [...problemIf(isOther, ['cluster'], message), ...unknown]
}

/** Nodes that a cloud names and that are not in the cluster or do not have the role; nodes that it already has are accepted. */
export function nodeProblems(
  wanted: WantedCloud,
  present: Cloud | undefined,
  nodes: readonly KnownNode[],
  path: Path,
): Problem[] {
  const { storageNodes = [], preferredVhosts = [] } = wanted
  const among = (role: NodeRole, key: string, names: readonly string[], current: readonly string[] = []) =>
    names.flatMap((node, index) =>
      current.includes(node) ? [] : roleProblems(role, node, nodes, [...path, key, index]),
    )
  return [
    ...among('storage', 'storage', storageNodes, present?.storageNodes),
    ...among('vhost', 'vhosts', preferredVhosts, present?.preferredVhosts),
  ]
}

function roleProblems(role: NodeRole, name: string, nodes: readonly KnownNode[], path: Path): Problem[] {
  const node = nodes.find(candidate => candidate.name === name)
  const names = nodes.map(candidate => candidate.name)
  if (!node) return [{ path, message: notANode(name, names) }]
  const message = `${name} does not have the ${role} role: give it that role (vhacs node --setrole), or name another node`
  return problemIf(!node.roles.includes(role), path, message)
}

function notANode(name: string, names: readonly string[]): string {
  return `${name} is not a node of this cluster (nodes: ${listedNames(names)})`
}
