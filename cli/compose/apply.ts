import type { ChangePlan } from '../../cloud/change/plan.ts'
import { patchText } from '../../cloud/cib/patch.ts'
import { EMPTY_CLUSTER } from '../../cloud/cib/read/cluster.ts'
import { vserverNames } from '../../cloud/cib/read/vservers.ts'
import { vhostsAmong } from '../../cloud/node-attributes.ts'
import type { ResolvedCloud } from '../../cloud/resolve/resolve.ts'
import { resourceFile } from '../../system/drbd/config/files.ts'
import { applyIfUnchanged, queryCib, waitUntilIdle } from '../../system/pacemaker/cib/cib.ts'
import { changeCib } from '../clouds/change-cib.ts'
import { creationJobs } from '../clouds/creation/creation-jobs.ts'
import { growthJobs, planGrowths, resyncJobs } from '../clouds/growth/jobs.ts'
import { refuseInterruption } from '../clouds/interruption.ts'
import { removeFromCib, requestStop, waitUntilStopped } from '../clouds/lifecycle.ts'
import { changesOf, interruptedNames, type Review } from '../clouds/review.ts'
import { reviewLines } from '../clouds/review-text.ts'
import type { Call } from '../command/verb.ts'
import { timedWork } from '../command/work.ts'
import { interruptible } from '../run/interruptible.ts'
import { type Job, runJobs } from '../run/jobs.ts'
import { withClusterLock } from '../run/lock.ts'
import type { Work } from '../run/steps.ts'
import { inputName } from '../terminal/read-input.ts'
import {
  type FileRequest,
  notesOn,
  type ParsedRequest,
  type ResolvedFile,
  readRequest,
  resolveFile,
  reviewFile,
  withFacts,
} from './file-request.ts'
import { growthsIn } from './growths.ts'
import {
  divideGrowths,
  type FileReplacement,
  type LaterGrowth,
  refuseReplacements,
  replacementsIn,
  replaceSides,
} from './replacements.ts'
import { refuseWithoutRoom } from './room.ts'
import { readSource } from './source.ts'

/** vhacs compose FILE --apply */
export async function applyFile(call: Call): Promise<void> {
  const request = await readRequest(call)
  const { source } = request
  if (source.kind === 'none') throw new RangeError('--offline has no cluster to apply the file to')
  if (source.kind === 'input')
    throw new RangeError(`--apply changes the CIB in a file: ${inputName(source.path)} can only be read`)
  if (source.kind !== 'cluster' && call.options.detach)
    throw new RangeError('--detach stops clouds: it needs the cluster, not a CIB in a file')
  if (source.kind === 'file') return applyToFile(call, request, source.path)
  const work = timedWork(call)
  // fails where Pacemaker does not run, before there is a lock
  await queryCib(call.system)
  const rest = await withClusterLock(work, async () => {
    // only under the lock: another vhacs may have created volumes and resources while this one waited for it
    const queries = { ...call, system: interruptible(call.system, work.interruption) }
    const rest = await changeCluster(call, work, await withFacts(queries, request))
    if (rest.jobs.length > 0) await runJobs(call.terminal, work, rest.jobs)
    await addVservers(work, rest.vservers)
    if (call.options.detach) await detach(work, rest.absent)
    return rest
  })
  // without the lock: it may take hours, and goes on by itself
  if (rest.resyncs.length > 0) await runJobs(call.terminal, work, rest.resyncs)
  await replaceSides(work, rest.replaced, rest.later)
}

/** In a file with a CIB, a new cloud is only configured. */
async function applyToFile(call: Call, parsed: ParsedRequest, file: string): Promise<void> {
  const request = await withFacts(call, parsed)
  const reviewed = await reviewFile(call, request, await resolveFile(call, request, true))
  const { plan, version } = reviewed
  for (const line of reviewLines(reviewed)) call.terminal.print(line)
  refuseInterruption(interruptedBy(call, reviewed, request.snapshot?.cluster), call.options)
  const changes = changesOf(plan)
  if (changes.length > 0 && !(await applyIfUnchanged(call.system, patchText(changes, version), file)))
    throw new Error(`${file} has changed meanwhile; nothing was changed`)
}

/** How often the CIB may change before our change is applied. */
const ATTEMPTS = 20
const PAUSE_MILLISECONDS = 200

/** The work that remains after the change of the CIB. */
interface Rest {
  /** The clouds to be created or grown. */
  readonly jobs: readonly Job[]
  /** The vservers on those to be created. */
  readonly vservers: ChangePlan['vservers']
  /** What DRBD copies afterwards. */
  readonly resyncs: readonly Job[]
  /** The sides that move after all that. */
  readonly replaced: readonly FileReplacement[]
  /** The clouds that are grown when their sides have moved. */
  readonly later: readonly LaterGrowth[]
  readonly absent: readonly string[]
}

/** Changes the CIB in one piece, as printed. If it has changed since it was read, it is read and checked again. */
async function changeCluster(call: Call, work: Work, first: FileRequest): Promise<Rest> {
  const { system, terminal, isDryRun } = call
  let printed = ''
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    // also at first: querying the nodes took a while, and what needs no change of the CIB is guarded by no version of it
    const request = { ...first, snapshot: await readSource({ system, terminal }, first.source) }
    const resolved = await resolveFile(call, request, true)
    const { clouds } = resolved
    const reviewed = await reviewFile(call, request, resolved)
    const grown = await growthsIn(system, request, clouds)
    const withBegun = call.options.replace === true
    const replaced = await replacementsIn(system, request, { clouds, withBegun })
    const lines = [...reviewLines(reviewed, grown, replaced), ...notesOn(request, resolved)]
    if (lines.join('\n') !== printed) for (const line of lines) terminal.print(line)
    printed = lines.join('\n')
    refuseDetached(call, resolved, reviewed.plan.absent)
    refuseInterruption(interruptedBy(call, reviewed, request.snapshot?.cluster), call.options)
    refuseReplacements(replaced, call.options)
    // before the change: what cannot be created or grown must change nothing
    const settings = {
      subnet: request.wanted.networks.replication,
      vhosts: vhostsAmong(request.snapshot?.cluster.nodes ?? []),
    }
    const { now, later } = divideGrowths(grown, replaced)
    await planGrowths(system, later)
    refuseWithoutRoom({ clouds, replaced, grown, facts: request.inventory?.facts ?? [] })
    const growths = await planGrowths(system, now)
    const rest = {
      jobs: [...(await creationJobs(work, newAmong(clouds), settings)), ...growthJobs(work, now)],
      resyncs: resyncJobs(work, growths),
      ...{ replaced, later },
      vservers: reviewed.plan.vservers,
      absent: reviewed.plan.absent,
    }
    const { changes } = reviewed.plan
    if (changes.length === 0) return rest
    if (await applyIfUnchanged(system, patchText(changes, reviewed.version))) {
      work.print('the configuration was changed')
      if (!isDryRun) await waitUntilIdle(system)
      return rest
    }
    await system.sleep(PAUSE_MILLISECONDS, terminal.interruption)
  }
  throw new Error(`the CIB kept changing during all of ${ATTEMPTS} attempts; nothing was changed`)
}

function newAmong(clouds: readonly ResolvedCloud[]): ResolvedCloud[] {
  return clouds.filter(({ present }) => present === undefined)
}

/** The clouds and vservers that run, and are interrupted or detached. */
function interruptedBy({ options }: Call, { plan, ...review }: Review, cluster = EMPTY_CLUSTER): string[] {
  const detached = options.detach ? plan.absent : []
  const vservers = detached.flatMap(cloud => vserverNames(cluster.vservers, cloud))
  return [...interruptedNames(review), ...detached, ...vservers.map(name => `vserver ${name}`)]
}

/** Adds the vservers on clouds that have just been created. */
async function addVservers({ system, print, isDryRun }: Work, { creations }: ChangePlan['vservers']): Promise<void> {
  if (creations.length === 0) return
  print('adding the vservers on new clouds')
  // a dry run has not created the clouds that they refer to
  if (!isDryRun) await changeCib(system, () => patchText(creations))
}

/** @throws RangeError for a vserver that is to stay while its cloud is detached. */
function refuseDetached({ options }: Call, { vservers }: ResolvedFile, absent: readonly string[]): void {
  const staying = vservers.find(({ cloud }) => absent.includes(cloud.name))
  if (staying === undefined || !options.detach) return
  const { vserver, cloud } = staying
  throw new RangeError(
    `--detach would stop ${cloud.name}, which is not in the file, and with it ${vserver.name}, which is: name both or none (nothing was changed)`,
  )
}

/** Stops clouds and removes them from the cluster; keeps their data. */
async function detach(work: Work, names: readonly string[]): Promise<void> {
  const { system, print, interruption, isDryRun } = work
  for (const name of names) {
    print(`stopping ${name}`)
    await requestStop(system, { name })
    if (!isDryRun) await waitUntilStopped(system, [{ name }], interruption)
    print(`removing ${name} from the cluster`)
    await removeFromCib(system, { name })
    print(`${name} is removed from the cluster; its volumes and ${resourceFile(name)} stay on its storage nodes`)
  }
}
