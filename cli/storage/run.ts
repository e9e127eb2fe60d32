import { parseCloudName } from '../../cloud/names.ts'
import { readCib } from '../../cloud/read-cib.ts'
import { parseSize } from '../../cloud/sizes.ts'
import { queryCib } from '../../system/cluster.ts'
import { confirm, requireAnswer } from '../confirm.ts'
import { runJobs } from '../jobs.ts'
import { alone } from '../lock.ts'
import { creationJobs } from '../plan/jobs.ts'
import { expandRanges } from '../ranges.ts'
import type { Work } from '../steps.ts'
import { type Call, textOf } from '../verbs.ts'
import { timedWork } from '../work.ts'
import { destroyCloud, removeRemains } from './destroy.ts'
import { planClouds } from './plan.ts'
import { remainsOf, selectClouds, selectRemains } from './select.ts'
import { refuseUsed } from './users.ts'

/** vhacs storage --create */
export async function createVerb(call: Call): Promise<void> {
  const { system, value, options } = call
  const names = expandRanges(value).map(parseCloudName)
  const sizeBytes = parseSize(textOf(options, 'size') ?? '')
  const request = { names, sizeBytes, storageNodes: storageNodesIn(textOf(options, 'nodes')) }
  const work = timedWork(call)
  await queryCib(system)
  await alone(work, async () => {
    const jobs = await creationJobs(work, await planClouds(system, request), undefined)
    await runJobs(call, work, jobs)
  })
}

function storageNodesIn(text: string | undefined): readonly [string, string] | undefined {
  if (text === undefined) return undefined
  const [first, second, ...more] = expandRanges(text)
  if (first === undefined || second === undefined || more.length > 0)
    throw new RangeError(`--nodes: two different nodes are expected, like --nodes alpha,beta, got "${text}"`)
  return [first, second]
}

/** vhacs storage --destroy */
export async function destroyVerb(call: Call): Promise<void> {
  const { system, value, options } = call
  if (value !== 'ALL') requireAnswer(call, `lose all data on ${expandRanges(value).map(parseCloudName).join(', ')}`)
  const isForced = options.force === true
  const cluster = readCib(await queryCib(system))
  const names = (isForced ? selectRemains(value, cluster) : selectClouds(value, cluster)).map(({ name }) => name)
  if (names.length === 0) throw new RangeError('there are no storages')
  await confirm(call, `lose all data on ${names.join(', ')}`)
  const work = timedWork(call)
  await alone(work, async () => {
    // of ALL no more than was asked about, whatever was made meanwhile
    const { nodes, clouds, ...rest } = readCib(await queryCib(system))
    const doomed = clouds.filter(({ name }) => names.includes(name))
    if (!isForced) await refuseUsed(system, doomed, nodes)
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
