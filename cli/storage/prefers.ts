import type { Cloud } from '../../cloud/cloud.ts'
import { clusterStatus } from '../../cloud/cluster-status.ts'
import { resourceIds, VHOST_ATTRIBUTE } from '../../cloud/names.ts'
import { preferencePatch } from '../../cloud/patch.ts'
import { type Cluster, readCib } from '../../cloud/read-cib.ts'
import { readMonitor } from '../../cloud/read-monitor.ts'
import { applyPatch, endMove, monitorCluster, moveTo, queryCib } from '../../system/cluster.ts'
import { selectNames } from '../ranges.ts'
import { runSteps, type Step, type Work } from '../steps.ts'
import type { Call } from '../verbs.ts'
import { timedWork } from '../work.ts'
import { activeResources, poll } from './running.ts'
import { selectClouds } from './select.ts'

const MOVE_SECONDS = 300

/** vhacs storage --prefers */
export async function preferNodes(call: Call): Promise<void> {
  const { system, value, operand = '' } = call
  const cluster = readCib(await queryCib(system))
  const vhosts = selectVhosts(value, cluster)
  const clouds = selectClouds(operand, cluster)
  const monitor = await monitorCluster(system)
  const { haStatus } = clusterStatus(monitor)
  const destination = vhosts.find(node => haStatus.get(node) === 'online')
  const work = timedWork(call)
  for (const cloud of clouds) {
    const mount = readMonitor(monitor).find(({ id }) => id === resourceIds(cloud.name).filesystem)?.node
    const isToMove = mount !== undefined && destination !== undefined && mount !== destination
    await runSteps([preference(work, cloud, vhosts), ...(isToMove ? move(work, cloud, destination) : [])], work)
    if (!work.isDryRun) work.print(`${cloud.name} prefers ${vhosts.join(', ')}; ${outcome(mount, destination)}`)
  }
}

function selectVhosts(text: string, { nodes }: Cluster): string[] {
  const names = selectNames(
    text,
    nodes.map(({ name }) => name),
    'node',
  )
  const stranger = nodes.find(({ name, attributes }) => names.includes(name) && attributes[VHOST_ATTRIBUTE] !== 'true')
  if (stranger) throw new RangeError(`${stranger.name} has not the role vhost, so it cannot mount a storage`)
  return names
}

function outcome(mount: string | undefined, destination: string | undefined): string {
  if (mount === undefined) return 'it is not mounted'
  if (destination === undefined) return `none of them is online: it stays on ${mount}`
  return `it is mounted on ${destination}`
}

function preference({ system }: Work, cloud: Cloud, vhosts: readonly string[]): Step {
  return {
    name: `having ${cloud.name} prefer ${vhosts.join(', ')}`,
    run: async () => {
      const cib = await queryCib(system)
      await applyPatch(system, cib, preferencePatch(cloud, vhosts, cib))
    },
  }
}

/** A preference alone moves nothing: what runs stays where it is. */
function move({ system, interruption }: Work, { name }: Cloud, destination: string): Step[] {
  const { mountGroup, filesystem } = resourceIds(name)
  return [
    {
      name: `moving the mount of ${name} to ${destination}`,
      run: () => moveTo(system, mountGroup, destination),
      undo: () => endMove(system, mountGroup),
    },
    {
      name: `waiting until ${name} is mounted on ${destination}`,
      waits: true,
      run: () =>
        poll(system, { seconds: MOVE_SECONDS, interruption }, async () => {
          const active = await activeResources(system)
          const isThere = active.some(({ id, node }) => id === filesystem && node === destination)
          return isThere ? undefined : `it is not mounted there after ${MOVE_SECONDS} s; "crm_mon -1rf" says more`
        }),
    },
    { name: `letting ${name} move again`, run: () => endMove(system, mountGroup) },
  ]
}
