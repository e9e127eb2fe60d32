import { readCluster } from '../../cloud/cib/read-cluster.ts'
import { parseCloudName } from '../../cloud/names.ts'
import { parseSize } from '../../cloud/sizes.ts'
import { queryCib } from '../../system/pacemaker/cib.ts'
import { creationJobs } from '../clouds/creation-jobs.ts'
import { planClouds } from '../clouds/plan.ts'
import { recordInitiators } from '../clouds/record-initiators.ts'
import { remainsOf, selectClouds, selectRemains } from '../clouds/select.ts'
import { refuseUsed } from '../clouds/users.ts'
import { confirm, requireAnswer } from '../command/confirm.ts'
import { expandRanges, hasRanges } from '../command/name-ranges.ts'
import { type Call, textOf } from '../command/verb.ts'
import { interruptible } from '../run/interruptible.ts'
import { runJobs } from '../run/jobs.ts'
import { withClusterLock } from '../run/lock.ts'
import type { Work } from '../run/steps.ts'
import { timedWork } from '../run/work.ts'
import { destroyCloud, removeRemains } from './destroy.ts'

/** vhacs storage --create */
export async function createVerb(call: Call): Promise<void> {
  const { system, value, options } = call
  const names = expandRanges(value).map(parseCloudName)
  const sizeBytes = parseSize(textOf(options, 'size') ?? '')
  const nodes = textOf(options, 'nodes')
  if (nodes !== undefined) refuseOne(nodes)
  const request = { names, sizeBytes, nodes }
  const work = timedWork(call)
  await queryCib(system)
  await withClusterLock(work, async () => {
    const { clouds, cluster, facts } = await planClouds(interruptible(system, work.interruption), request)
    const jobs = await creationJobs(work, clouds, undefined)
    await recordInitiators(system, cluster, facts)
    await runJobs(call, work, jobs)
  })
}

/** What cannot be two nodes, whatever the cluster has. */
function refuseOne(nodes: string): void {
  if (new Set(nodes.split(',')).size < 2 && !hasRanges(nodes))
    throw new RangeError(`--nodes: at least two different nodes are expected, like alpha,beta, got "${nodes}"`)
}

/** vhacs storage --destroy */
export async function destroyVerb(call: Call): Promise<void> {
  const { system, value, options } = call
  if (value !== 'ALL') requireAnswer(call, `lose all data on ${value}`)
  const isForced = options.force === true
  const cluster = readCluster(await queryCib(system))
  const names = (isForced ? selectRemains(value, cluster) : selectClouds(value, cluster)).map(({ name }) => name)
  if (names.length === 0) throw new RangeError('there are no storages')
  await confirm(call, `lose all data on ${names.join(', ')}`)
  const work = timedWork(call)
  await withClusterLock(work, async () => {
    // of ALL no more than was asked about, whatever was made meanwhile
    const { nodes, clouds, ...rest } = readCluster(await queryCib(system))
    const doomed = clouds.filter(({ name }) => names.includes(name))
    if (!isForced) await refuseUsed(interruptible(system, work.interruption), doomed, nodes)
    const remains = isForced
      ? remainsOf({ nodes, clouds, ...rest })
      : doomed.map(cloud => ({ name: cloud.name, cloud }))
    const left: string[] = []
    const jobs = remains
      .filter(({ name }) => names.includes(name))
      .map(({ name, cloud }) => ({
        name,
        outcome: cloud ? 'is gone' : 'is out of the cluster',
        run: async (print: Work['print']) => {
          const its = { ...work, print }
          left.push(...(await (cloud ? destroyCloud(its, cloud, isForced) : removeRemains(its, name))))
        },
      }))
    await runJobs(call, work, jobs).finally(() => left.forEach(work.print))
  })
}
