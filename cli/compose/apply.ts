import { patchText } from '../../cloud/cib/patch.ts'
import type { ResolvedCloud } from '../../cloud/resolve/resolve.ts'
import { applyIfUnchanged, queryCib, waitUntilIdle } from '../../system/pacemaker/cib.ts'
import { creationJobs } from '../clouds/creation/creation-jobs.ts'
import { forgetCloud, orderStop, waitUntilStopped } from '../clouds/lifecycle.ts'
import type { Review } from '../clouds/review.ts'
import { reviewLines } from '../clouds/review-text.ts'
import type { Call } from '../command/verb.ts'
import { timedWork } from '../command/work.ts'
import { interruptible } from '../run/interruptible.ts'
import { type Job, runJobs } from '../run/jobs.ts'
import { withClusterLock } from '../run/lock.ts'
import type { Work } from '../run/steps.ts'
import {
  type FileRequest,
  notesOn,
  type ParsedRequest,
  readRequest,
  resolveFile,
  reviewFile,
  withFacts,
} from './file-request.ts'
import { readSource } from './source.ts'

/** vhacs compose FILE --apply */
export async function applyFile(call: Call): Promise<void> {
  const request = readRequest(call)
  const { source } = request
  if (source.kind === 'none') throw new RangeError('--offline changes nothing: there is nothing to apply to')
  if (source.kind === 'file') return applyToFile(call, request, source.path)
  const work = timedWork(call)
  // where Pacemaker does not run, there is to be no lock
  await queryCib(call.system)
  await withClusterLock(work, async () => {
    // only now: while we waited, somebody else may have made volumes and resources
    const asking = { ...call, system: interruptible(call.system, work.interruption) }
    const { jobs, absent } = await changeCluster(call, work, await withFacts(asking, request))
    if (jobs.length > 0) await runJobs(call.terminal, work, jobs)
    if (call.options.detach) await detach(work, absent)
  })
}

/** In a file a new cloud is only written down. */
async function applyToFile(call: Call, parsed: ParsedRequest, file: string): Promise<void> {
  const request = await withFacts(call, parsed)
  const reviewed = await reviewFile(call, request, await resolveFile(call, request, true))
  const { plan, version } = reviewed
  for (const line of reviewLines(reviewed)) call.terminal.print(line)
  refuseInterruption(call, reviewed)
  const changes = [...plan.changes, ...plan.creations]
  if (changes.length > 0 && !(await applyIfUnchanged(call.system, patchText(changes, version), file)))
    throw new Error(`${file} has changed meanwhile; nothing was changed by this`)
}

/** How often somebody else may change the CIB between our look and our change. */
const ATTEMPTS = 20
const PAUSE_MILLISECONDS = 200

/** What is left to do after the CIB has been changed. */
interface Rest {
  /** The clouds to be made. */
  readonly jobs: readonly Job[]
  readonly absent: readonly string[]
}

/**
 * Changes the CIB in one piece, as it was shown. When it has changed since we looked, we look again: what is refused or wrong
 * then, is.
 */
async function changeCluster(call: Call, work: Work, first: FileRequest): Promise<Rest> {
  const { system, terminal, isDryRun } = call
  let request = first
  let printed = ''
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const clouds = await resolveFile(call, request, true)
    const reviewed = await reviewFile(call, request, clouds)
    const lines = [...reviewLines(reviewed), ...notesOn(request, clouds)].join('\n')
    if (lines !== printed) terminal.print(lines)
    printed = lines
    refuseInterruption(call, reviewed)
    // before the change: what cannot be created must change nothing
    const rest = {
      jobs: await creationJobs(work, newAmong(clouds), request.wanted.networks.replication),
      absent: reviewed.plan.absent,
    }
    const { changes } = reviewed.plan
    if (changes.length === 0) return rest
    if (await applyIfUnchanged(system, patchText(changes, reviewed.version))) {
      work.print('the configuration is changed')
      if (!isDryRun) await waitUntilIdle(system)
      return rest
    }
    await system.sleep(PAUSE_MILLISECONDS, terminal.interruption)
    request = { ...request, snapshot: await readSource(system, request.source) }
  }
  throw new Error(`the CIB changes all the time: ${ATTEMPTS} attempts were overtaken`)
}

function newAmong(clouds: readonly ResolvedCloud[]): ResolvedCloud[] {
  return clouds.filter(({ present }) => present === undefined)
}

function refuseInterruption({ options }: Call, { interrupted, plan }: Review): void {
  const detached = options.detach ? plan.absent : []
  if (options.interrupt || interrupted.length + detached.length === 0) return
  const names = [...interrupted.map(({ cloud }) => cloud), ...detached].join(', ')
  throw new RangeError(
    `this interrupts ${names}: say --interrupt as well if that is what you want; nothing was changed`,
  )
}

/** Takes clouds out of the cluster, stopped before; their data stay where they are. */
async function detach(work: Work, names: readonly string[]): Promise<void> {
  const { system, print, interruption, isDryRun } = work
  for (const name of names) {
    print(`stopping ${name}`)
    await orderStop(system, { name })
    if (!isDryRun) await waitUntilStopped(system, [{ name }], interruption)
    print(`taking ${name} out of the cluster`)
    await forgetCloud(system, { name })
    print(`${name} is out of the cluster; its volumes and /etc/drbd.d/${name}.res stay on its storage nodes`)
  }
}
