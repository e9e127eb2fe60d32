import type { Cloud } from '../../../cloud/cloud.ts'
import { resourceIds } from '../../../cloud/ids.ts'
import { vserversDue } from '../../../cloud/readiness/part.ts'
import type { Takeover } from '../../../cloud/readiness/takeovers.ts'
import { script } from '../../../system/nodes/script.ts'
import type { System } from '../../../system/system.ts'
import { type Known, simulatedTakeovers } from '../../readiness/simulate.ts'
import type { Examination } from '../examine/examination.ts'
import { examineAll } from '../examine/examine-all.ts'
import { LATER, READINESS_QUESTIONS } from '../examine/questions.ts'
import { partFacts } from './node-facts.ts'

const EXAMINATION = script`${READINESS_QUESTIONS}${LATER}`

/**
 * What becomes of clouds when these nodes are lost or put in standby: by the scheduler, and by what the nodes say that would take over.
 * A node that does not answer adds nothing.
 * @throws ToolFailed when the scheduler cannot be asked.
 */
export async function readinessOf(
  system: System,
  known: Known,
  { clouds, nodes }: { readonly clouds: readonly Cloud[]; readonly nodes: readonly string[] },
): Promise<Takeover[]> {
  const names = new Set(clouds.map(({ name }) => name))
  const found = await simulatedTakeovers(system, known, nodes)
  const ours = found.filter(({ cloud }) => names.has(cloud))
  const takers = ours.flatMap(({ by, obstacles }) => (obstacles.length === 0 ? by : []))
  const answers = await readinessAnswers(system, [...new Set(takers)], clouds)
  return ours.map(takeover => withFacts(takeover, { known, clouds, answers }))
}

/** The nodes that have a part of these clouds. */
export function nodesWithParts({ active }: Pick<Known, 'active'>, clouds: readonly Cloud[]): string[] {
  const ids = clouds.flatMap(({ name }): string[] => Object.values(resourceIds(name)))
  return [...new Set(active.flatMap(({ id, node }) => (ids.includes(id) ? [node] : [])))].sort()
}

/** What nodes have answered, by their names. */
export type Answers = ReadonlyMap<string, Examination>

/** The answers of the nodes that give one, about themselves and these clouds. */
export async function readinessAnswers(
  system: System,
  names: readonly string[],
  clouds: readonly Pick<Cloud, 'directory'>[],
): Promise<Answers> {
  if (names.length === 0) return new Map()
  const directories = clouds.map(({ directory }) => directory)
  const { examinations } = await examineAll(system, { text: EXAMINATION, names, directories })
  return new Map(examinations.flatMap(found => (found.sections.has('date') ? [[found.node, found] as const] : [])))
}

interface Evidence {
  readonly known: Known
  readonly clouds: readonly Cloud[]
  readonly answers: Answers
}

/** A takeover that the scheduler would do fails where the node says that a start would. */
function withFacts(takeover: Takeover, { known, clouds, answers }: Evidence): Takeover {
  const [node] = takeover.by
  const examined = node === undefined || takeover.obstacles.length > 0 ? undefined : answers.get(node)
  const cloud = clouds.find(({ name }) => name === takeover.cloud)
  if (examined === undefined || cloud === undefined) return takeover
  const vservers = vserversDue(known.snapshot.cluster, cloud.name)
  const facts = partFacts(examined, { cloud, part: takeover.part, active: known.active, vservers })
  return { ...takeover, obstacles: facts.map(({ what, todo }) => ({ what, todo, concerns: 'node' })) }
}
