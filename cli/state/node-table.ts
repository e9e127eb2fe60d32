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

/** The nodes with their roles; queries no nodes. */
export function nodeList(nodes: readonly NodeState[], paint: Paint): string {
  return table(
    ['NODE', 'HA STATUS', 'ROLES'],
    nodes.map(node => [nodeMark(node, paint), paint(toneOf(node), node.haStatus), node.roles.join(',') || NOTHING]),
  )
}

/** The reasons why nodes could not be queried, one line each. */
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

/** The space of the volume group, even if the node does not have the storage role. */
export function freeStorage({ haStatus, roles, freeBytes, sizeBytes, problem }: NodeState): string {
  if (freeBytes !== null && sizeBytes !== null) return `${preciseSize(freeBytes)}/${preciseSize(sizeBytes)}`
  return problem !== null || (!isUp({ haStatus }) && roles.includes('storage')) ? '?' : NOTHING
}
