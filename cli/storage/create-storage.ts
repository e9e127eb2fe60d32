import { MOST_COPIES } from '../../cloud/cloud.ts'
import { parseCloudName } from '../../cloud/names.ts'
import { vhostsAmong } from '../../cloud/node-attributes.ts'
import { parseSize } from '../../cloud/sizes.ts'
import { queryCib } from '../../system/pacemaker/cib/cib.ts'
import { absentNotes, planSecrets } from '../clouds/chap/new-secrets.ts'
import { creationJobs } from '../clouds/creation/creation-jobs.ts'
import { chooseNewClouds } from '../clouds/resolve/new-clouds.ts'
import { recordInitiators } from '../clouds/resolve/record-initiators.ts'
import { expandRanges, hasRanges } from '../command/name-ranges.ts'
import { type Call, textOf } from '../command/verb.ts'
import { timedWork } from '../command/work.ts'
import { interruptible } from '../run/interruptible.ts'
import { runJobs } from '../run/jobs.ts'
import { withClusterLock } from '../run/lock.ts'

/** vhacs storage --create */
export async function createStorages(call: Call): Promise<void> {
  const { system, value, options } = call
  const names = expandRanges(value).map(parseCloudName)
  const sizeBytes = parseSize(textOf(options, 'size') ?? '')
  const nodes = textOf(options, 'nodes')
  const copies = parseCopies(textOf(options, 'copies') ?? '2')
  if (nodes !== undefined) refuseTooFew(nodes, copies)
  const request = { names, sizeBytes, nodes, copies, isChapWanted: options.chap === true }
  const work = timedWork(call)
  // fails where Pacemaker does not run, before there is a lock
  await queryCib(system)
  await withClusterLock(work, async () => {
    const reading = interruptible(system, work.interruption)
    const { clouds, cluster, facts } = await chooseNewClouds(reading, request)
    const secrets = await planSecrets(
      reading,
      clouds.map(({ cloud }) => cloud),
      cluster,
    )
    const jobs = await creationJobs(work, clouds, { subnet: undefined, secrets, vhosts: vhostsAmong(cluster.nodes) })
    for (const note of absentNotes(secrets)) call.terminal.print(note)
    await recordInitiators(system, cluster, facts)
    await runJobs(call.terminal, work, jobs)
  })
}

/** @throws RangeError */
function parseCopies(text: string): number {
  const copies = Number(text)
  if (!/^\d$/.test(text) || copies < 2 || copies > MOST_COPIES)
    throw new RangeError(`--copies: expected 2, or 3 with DRBD 9, got "${text}"`)
  return copies
}

/** A list that cannot name as many nodes. */
function refuseTooFew(nodes: string, copies: number): void {
  if (new Set(nodes.split(',')).size >= copies || hasRanges(nodes)) return
  const wanted = copies === 2 ? 'two different nodes, like alpha,beta' : 'three different nodes, like alpha,beta,gamma'
  throw new RangeError(`--nodes: expected at least ${wanted}, got "${nodes}"`)
}
