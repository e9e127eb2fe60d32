import { generatedChap, neededSecrets, secretFilesOf } from '../../../cloud/chap-files.ts'
import { patchText } from '../../../cloud/cib/patch.ts'
import type { CibSnapshot } from '../../../cloud/cib/snapshot.ts'
import type { Cloud } from '../../../cloud/cloud.ts'
import { OPEN, UNCHANGED } from '../../../cloud/configuration.ts'
import { vhostsAmong } from '../../../cloud/node-attributes.ts'
import type { ResolvedCloud } from '../../../cloud/resolve/resolve.ts'
import { queryCib, waitUntilIdle } from '../../../system/pacemaker/cib/cib.ts'
import type { System } from '../../../system/system.ts'
import { applyPatch } from '../../clouds/change-cib.ts'
import { completeSecrets } from '../../clouds/chap/complete-secrets.ts'
import { absentNotes, type NewSecret, planSecrets, writeSecretStep } from '../../clouds/chap/new-secrets.ts'
import { refuseInterruption } from '../../clouds/interruption.ts'
import { waitUntilMounted } from '../../clouds/lifecycle.ts'
import { readCib } from '../../clouds/read-cib.ts'
import { interruptedNames, review } from '../../clouds/review.ts'
import { reviewLines } from '../../clouds/review-text.ts'
import { selectClouds } from '../../clouds/select.ts'
import type { Call } from '../../command/verb.ts'
import { timedWork } from '../../command/work.ts'
import { withClusterLock } from '../../run/lock.ts'
import { runSteps, type Step, type Work } from '../../run/steps.ts'

/** vhacs storage --setchap */
export async function setChap(call: Call): Promise<void> {
  const work = timedWork(call)
  const changed: Cloud[] = []
  // fails where Pacemaker does not run, before there is a lock
  await queryCib(call.system)
  await withClusterLock(work, async () => {
    const snapshot = await readCib(work.system)
    const clouds = selectClouds(call.value, snapshot.cluster)
    if (clouds.length === 0) throw new RangeError('there are no storages')
    // check all of them before anything is changed
    const completion = await completeSecrets(work.system, neededSecrets(clouds, vhostsAmong(snapshot.cluster.nodes)))
    const addition = await additionOf(call, snapshot, clouds.filter(({ chap }) => chap === undefined).map(withChap))
    await runSteps([...completion.steps, ...stepsOf(work, snapshot, addition)], work)
    for (const note of absentNotes([...completion.absent, ...addition.secrets])) work.print(note)
    if (!work.isDryRun) for (const line of outcomesOf(clouds)) work.print(line)
    changed.push(...addition.clouds.filter(({ state }) => state === 'active'))
  })
  // without the lock: another vhacs may be needed to repair what keeps a cloud from being mounted
  if (changed.length > 0) await runSteps([waitStep(work, changed)], work)
}

function withChap(present: Cloud): ResolvedCloud {
  const cloud = { ...present, chap: generatedChap(present.name) }
  return { wanted: { ...OPEN, name: present.name, sizeBytes: undefined }, present, cloud, isAdopted: false }
}

/** Enables CHAP on clouds that do not have it. */
interface Addition {
  readonly clouds: readonly Cloud[]
  readonly secrets: readonly NewSecret[]
  readonly patch: string
}

/** @throws RangeError for clouds that would be interrupted without --interrupt, and the errors of `planSecrets`. */
async function additionOf(
  { system, terminal, options }: Call,
  snapshot: CibSnapshot,
  added: readonly ResolvedCloud[],
): Promise<Addition> {
  if (added.length === 0) return { clouds: [], secrets: [], patch: '' }
  const { cluster } = snapshot
  const clouds = added.map(({ cloud }) => cloud)
  const secrets = await planSecrets(system, clouds, cluster)
  const wanted = { ...UNCHANGED, nodes: [], clouds: added.map(cloud => cloud.wanted) }
  const reviewed = await review(system, { snapshot, wanted, clouds: added, scratch: undefined })
  // the other nodes do not need it
  for (const line of reviewLines({ ...reviewed, plan: { ...reviewed.plan, absent: [] } })) terminal.print(line)
  refuseInterruption(interruptedNames(reviewed), options)
  return { clouds, secrets, patch: patchText(reviewed.plan.changes) }
}

function stepsOf({ system }: Work, { text }: CibSnapshot, { clouds, secrets, patch }: Addition): Step[] {
  if (clouds.length === 0) return []
  return [
    ...secrets.map(secret => keptIfUsed(system, secret)),
    { name: 'changing the configuration', run: () => applyPatch(system, text, patch) },
  ]
}

function waitStep({ system, interruption }: Work, clouds: readonly Cloud[]): Step {
  const names = clouds.map(({ name }) => name).join(', ')
  return {
    name: `waiting until ${names} is mounted again`,
    waits: true,
    // Pacemaker takes a moment to begin: a mount that is seen now is still the old one
    run: async () => {
      await waitUntilIdle(system)
      await waitUntilMounted(system, clouds, interruption)
    },
  }
}

/** The change of the CIB may have been made although it failed; then the secret is needed. */
function keptIfUsed(system: System, secret: NewSecret): Step {
  const step = writeSecretStep(system, secret)
  return {
    ...step,
    undo: async () => {
      const { clouds } = (await readCib(system)).cluster
      const isUsed = clouds.some(({ chap }) => secretFilesOf(chap).includes(secret.file))
      if (!isUsed) await step.undo?.()
    },
  }
}

function outcomesOf(clouds: readonly Cloud[]): string[] {
  return clouds.map(({ name, chap }) => {
    if (chap === undefined) return `${name} requires CHAP`
    return secretFilesOf(chap).length > 0
      ? `${name} requires CHAP, and its secret is on all reachable nodes that need it`
      : `${name} requires CHAP, with a secret that is in no file`
  })
}
