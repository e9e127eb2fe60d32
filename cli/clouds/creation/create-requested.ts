import { vhostsAmong } from '../../../cloud/node-attributes.ts'
import { queryCib } from '../../../system/pacemaker/cib/cib.ts'
import type { Call } from '../../command/verb.ts'
import { timedWork } from '../../command/work.ts'
import { interruptible } from '../../run/interruptible.ts'
import { runJobs } from '../../run/jobs.ts'
import { withClusterLock } from '../../run/lock.ts'
import type { Work } from '../../run/steps.ts'
import { absentNotes, planSecrets } from '../chap/new-secrets.ts'
import { type CreateRequest, chooseNewClouds } from '../resolve/new-clouds.ts'
import { recordInitiators } from '../resolve/record-initiators.ts'
import { creationJobs } from './creation-jobs.ts'
import type { CloudContent } from './fill-steps.ts'

interface Creation {
  /** Of the only cloud; undefined for empty ones. */
  readonly content?: CloudContent
  readonly work?: Work
}

/** Creates the clouds that an operator requests; everything is checked before anything is changed. */
export async function createRequested(
  call: Call,
  request: CreateRequest,
  { content, work = timedWork(call) }: Creation = {},
): Promise<void> {
  const { system } = call
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
    const vhosts = vhostsAmong(cluster.nodes)
    const jobs = await creationJobs(work, clouds, { subnet: undefined, secrets, content, vhosts })
    for (const note of absentNotes(secrets)) call.terminal.print(note)
    await recordInitiators(system, cluster, facts)
    await runJobs(call.terminal, work, jobs)
  })
}
