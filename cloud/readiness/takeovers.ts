import { propertiesIn } from '../cib/elements.ts'
import type { Cloud } from '../cloud.ts'
import { resourceIds, vserverIds } from '../ids.ts'
import type { ActiveResource } from '../pacemaker/active-resources.ts'
import type { Decision } from '../pacemaker/decisions.ts'
import { placesAfter } from '../pacemaker/places-after.ts'
import { type Action, actionsAmong } from '../pacemaker/simulated-actions.ts'
import type { Absence, AbsenceKind } from './absence.ts'
import type { Obstacle } from './obstacle.ts'
import { majorityObstacles } from './obstacles/majority.ts'
import { candidates, obstacles, unexplained } from './obstacles/obstacles.ts'
import { leftBehind } from './obstacles/vservers.ts'
import { PARTS, type Part, partPlaces, vserversDue } from './part.ts'
import type { Situation } from './situation.ts'

/** What Pacemaker would do with a part of a cloud in the absence of a node. */
export interface Takeover {
  readonly cloud: string
  readonly part: Part
  /** The node that is absent. */
  readonly without: string
  /** In which of its absences it is so. */
  readonly when: readonly AbsenceKind[]
  /** The node that takes it over; those that might, if none does. */
  readonly by: readonly string[]
  /** What keeps all of them from it; empty when it is taken over. */
  readonly obstacles: readonly Obstacle[]
  /** What Pacemaker would do with the cloud, in no particular order. */
  readonly actions: readonly Action[]
}

/** An absence, and what the scheduler would do about it. */
interface Simulation {
  readonly absence: Absence
  readonly decisions: readonly Decision[]
}

/**
 * What becomes of the active clouds in an absence: each part that moves, or that runs nowhere then although it runs now. A part that does
 * not run now is not judged.
 */
export function takeovers(
  situation: Situation,
  active: readonly ActiveResource[],
  { absence, decisions }: Simulation,
): Takeover[] {
  const isFenced = absence.how === 'standby' || decisions.some(({ resource }) => resource === absence.node)
  const byResource = Map.groupBy(decisions, ({ resource }) => resource)
  const placesNow = Map.groupBy(active, ({ id }) => id)
  const clouds = situation.cluster.clouds.filter(({ state }) => state === 'active')
  return clouds.flatMap(cloud => {
    const ofVservers = vserversDue(situation.cluster, cloud.name).flatMap(({ name }) => Object.values(vserverIds(name)))
    const ids: readonly string[] = [...Object.values(resourceIds(cloud.name)), ...ofVservers]
    const decided = ids.flatMap(id => byResource.get(id) ?? [])
    const now = ids.flatMap(id => placesNow.get(id) ?? [])
    return ofCloud(situation, cloud, { absence, decisions: decided, now, isFenced })
  })
}

function ofCloud(
  situation: Situation,
  cloud: Cloud,
  {
    absence,
    decisions,
    now,
    isFenced,
  }: Simulation & { readonly now: readonly ActiveResource[]; readonly isFenced: boolean },
): Takeover[] {
  const before = partPlaces(cloud, now)
  const places = placesAfter(now, decisions)
  const after = partPlaces(cloud, places)
  const isDown = (part: Part) => after[part] === undefined || after[part] === absence.node
  const concerned = PARTS.filter(part => before[part] !== undefined && (before[part] === absence.node || isDown(part)))
  const actions = actionsAmong(decisions)
  const costsQuorum = quorumIsLost(situation, absence)
  return concerned.flatMap(part => {
    const common = { cloud: cloud.name, part, without: absence.node, when: [absence.how], actions }
    const node = after[part]
    if (node !== undefined && !isDown(part)) {
      const lacking = part === 'export' && before.export === absence.node
      const majority = lacking ? majorityObstacles(cloud, absence.node, now) : []
      const left = part === 'mount' ? leftVservers(situation, cloud, { node, now, places }) : []
      return [{ ...common, by: [node], obstacles: [...majority, ...left] }]
    }
    const found = obstacles(situation, { cloud, part, absence, costsQuorum, isFenced })
    // what keeps the export from running is in the way of the mount as well
    if (found.length === 0 && part === 'mount' && isDown('export')) return []
    const by = candidates(situation, cloud, part, absence.node)
    return [{ ...common, by, obstacles: found.length > 0 ? found : [unexplained(absence)] }]
  })
}

/** What keeps the vservers that run now from running on the node that takes over the mount. */
function leftVservers(
  situation: Situation,
  cloud: Cloud,
  {
    node,
    now,
    places,
  }: { readonly node: string; readonly now: readonly ActiveResource[]; readonly places: readonly ActiveResource[] },
): Obstacle[] {
  const left = vserversDue(situation.cluster, cloud.name).filter(({ name }) => {
    const { container } = vserverIds(name)
    return (
      now.some(({ id }) => id === container) && !places.some(place => place.id === container && place.node === node)
    )
  })
  return left.flatMap(vserver => leftBehind(situation, cloud, vserver, node))
}

/** Whether an absence leaves no majority. Two nodes are an exception of corosync (two_node). A node in standby votes. */
export function quorumIsLost({ cib, haStatus }: Situation, { node, how }: Absence): boolean {
  const policy = propertiesIn(cib).get('no-quorum-policy')
  if (how === 'standby' || haStatus.size <= 2 || policy === 'ignore') return false
  const voting = [...haStatus].filter(([name, state]) => name !== node && !['offline', 'unclean'].includes(state))
  return voting.length * 2 <= haStatus.size
}

/** Those that are the same in both absences of a node, as one. */
export function merged(found: readonly Takeover[]): Takeover[] {
  const same = Map.groupBy(found, ({ cloud, part, without, by, obstacles: inTheWay }) =>
    JSON.stringify([cloud, part, without, by, inTheWay]),
  )
  return [...same.values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [{ ...first, when: [first, ...others].flatMap(({ when }) => when) }],
  )
}
