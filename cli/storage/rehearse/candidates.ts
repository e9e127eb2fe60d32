import type { CibSnapshot } from '../../../cloud/cib/snapshot.ts'
import type { Cloud } from '../../../cloud/cloud.ts'
import { parseActiveResources, parseSettledResources } from '../../../cloud/pacemaker/active-resources.ts'
import { parseClusterStatus } from '../../../cloud/pacemaker/cluster-status.ts'
import { partObstacles } from '../../../cloud/readiness/obstacles/obstacles.ts'
import { partPlaces } from '../../../cloud/readiness/part.ts'
import type { Takeover } from '../../../cloud/readiness/takeovers.ts'
import { lastRehearsal } from '../../../cloud/rehearsal/record.ts'
import { monitorCluster } from '../../../system/pacemaker/cib/cib.ts'
import type { System } from '../../../system/system.ts'
import type { Route } from '../../clouds/moves/route.ts'
import { isBeingVerified, isInSync, replicationOf } from '../../clouds/replication/replication.ts'
import { situationOf } from '../../clouds/situation.ts'
import { partFacts } from '../../cluster/readiness/node-facts.ts'
import { type Answers, readinessAnswers, readinessOf } from '../../cluster/readiness/readiness.ts'
import type { Known } from '../../readiness/simulate.ts'
import { obstaclesText } from '../../readiness/takeover-text.ts'
import { whyNotMoved } from './planned-move.ts'

/** A cloud that could be rehearsed, or why it could not. */
export type Candidate = { readonly route: Route } | { readonly cloud: Cloud; readonly why: string }

/**
 * Which of these clouds can be rehearsed: they run and are in sync, each storage node could take over the export from the other, and
 * Pacemaker's scheduler would move the export and nothing else. Asks both nodes of each.
 * @throws ToolFailed when the scheduler cannot be asked.
 */
export async function candidatesAmong(
  system: System,
  snapshot: CibSnapshot,
  clouds: readonly Cloud[],
): Promise<Candidate[]> {
  const monitor = await monitorCluster(system)
  const settled = parseSettledResources(monitor)
  const known = { snapshot, status: parseClusterStatus(monitor), active: parseActiveResources(monitor) }
  const { nodes } = snapshot.cluster
  const routes = clouds.map(cloud => routeOf(cloud, partPlaces(cloud, settled), lastRehearsal(cloud.name, nodes)?.node))
  const exporters = [...new Set(routes.flatMap(found => (typeof found === 'string' ? [] : [found.from])))]
  const [takeovers, answers] = await Promise.all([
    readinessOf(system, known, { clouds, nodes: exporters }),
    readinessAnswers(system, exporters, clouds),
  ])
  const found: Candidate[] = []
  for (const [index, cloud] of clouds.entries()) {
    const route = routes[index] ?? NOT_RUNNING
    const why = typeof route === 'string' ? [route] : await obstaclesTo(system, route, { known, takeovers, answers })
    found.push(typeof route === 'string' || why.length > 0 ? { cloud, why: why.join('; ') } : { route })
  }
  return found
}

const NOT_RUNNING = 'it does not run completely (see "vhacs storage --info")'

/** `last`: where the last rehearsal has moved it; of two other sides, the next one goes to the other. */
function routeOf(cloud: Cloud, places: ReturnType<typeof partPlaces>, last: string | undefined): Route | string {
  if (cloud.state === 'standby') return `it is in standby (start it with "vhacs storage --active ${cloud.name}")`
  const { export: from, mount: vhost } = places
  const others = cloud.storageNodes.filter(node => node !== from)
  const to = others.find(node => node !== last) ?? others[0]
  if (from === undefined || vhost === undefined || to === undefined) return NOT_RUNNING
  return { cloud, from, to, vhost }
}

interface Evidence {
  readonly known: Known
  readonly takeovers: readonly Takeover[]
  readonly answers: Answers
}

async function obstaclesTo(system: System, route: Route, evidence: Evidence): Promise<string[]> {
  const { cloud, from, to } = route
  const sides = await replicationOf(system, cloud)
  if (isBeingVerified(sides)) return ['its two sides are being verified: wait for the end of that, or stop it']
  if (!isInSync(sides))
    return [
      `its ${cloud.storageNodes.length === 2 ? 'two sides are not both' : 'three sides are not all'} connected and up to date (see "vhacs storage --info ${cloud.name}")`,
    ]
  const unready = evidence.takeovers.filter(
    ({ cloud: name, part, without, obstacles }) =>
      name === cloud.name && part === 'export' && without === from && obstacles.length > 0,
  )
  const back = obstaclesBack(route, evidence)
  const found = [
    ...new Set(unready.map(takeover => `${to} could not take over its export: ${obstaclesText(takeover)}`)),
    ...(back.length === 0 ? [] : [`${from} could not take it back: ${back.join('; ')}`]),
  ]
  if (found.length > 0) return found
  const why = await whyNotMoved(system, route, evidence.known)
  return why === undefined ? [] : [why]
}

/** What would keep the export from returning. */
function obstaclesBack({ cloud, from }: Route, { known, answers }: Evidence): string[] {
  const { snapshot, status, active } = known
  const examined = answers.get(from)
  const facts = examined === undefined ? [] : partFacts(examined, { cloud, part: 'export', active, vservers: [] })
  return [...partObstacles(situationOf(snapshot, status), cloud, 'export', from), ...facts].map(
    ({ what, todo }) => `${what} (${todo})`,
  )
}
