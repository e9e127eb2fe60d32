import { preciseSize } from '../terminal/sizes.ts'
import { marked, type Paint, type Tone, table } from '../terminal/table.ts'
import { isUp, type NodeState } from './nodes.ts'

const NOTHING = 'N/A'

/** The first table of `vhacs cluster -M`. */
export function nodeTable(nodes: readonly NodeState[], paint: Paint): string {
  return table(
    ['NODE', 'HA STATUS', 'FREE STORAGE', 'STORAGE ROLE', 'VHOST ROLE'],
    nodes.map(node => [
      nodeMark(node, paint),
      paint(toneOf(node), node.haStatus),
      freeStorage(node),
      node.roles.includes('storage') ? `${node.exported} exported` : NOTHING,
      node.roles.includes('vhost') ? `${node.mounted} mounted` : NOTHING,
    ]),
  )
}

/** The nodes with their roles; no node is queried. */
export function nodeList(nodes: readonly NodeState[], paint: Paint): string {
  return table(
    ['NODE', 'HA STATUS', 'ROLES'],
    nodes.map(node => [nodeMark(node, paint), paint(toneOf(node), node.haStatus), node.roles.join(',') || NOTHING]),
  )
}

/** Why nodes could not be queried, one line each. */
export function nodeProblems(nodes: readonly NodeState[]): string[] {
  return nodes.flatMap(({ name, problem }) => (problem === null ? [] : [`${name} could not be queried: ${problem}`]))
}

/** (A)ctive; (S)tandby: it runs no resources; (-) not in the cluster. */
function nodeMark(node: NodeState, paint: Paint): string {
  const { name, haStatus } = node
  const letter = haStatus === 'online' || haStatus === 'maintenance' ? 'A' : haStatus === 'standby' ? 'S' : '-'
  return paint(toneOf(node), marked(letter, name))
}

function toneOf({ haStatus }: NodeState): Tone {
  if (haStatus === 'online') return 'good'
  return isUp({ haStatus }) ? 'warning' : 'bad'
}

/** Of the volume group, also where the node does not have the role to store anything in it. */
export function freeStorage({ haStatus, roles, freeBytes, sizeBytes, problem }: NodeState): string {
  if (freeBytes !== null && sizeBytes !== null) return `${preciseSize(freeBytes)}/${preciseSize(sizeBytes)}`
  return problem !== null || (!isUp({ haStatus }) && roles.includes('storage')) ? '?' : NOTHING
}
