import { errorText } from '../../system/error-text.ts'
import { INSIDE } from './container.ts'
import type { Fault, Injection, Layer } from './fault.ts'
import { becomes, nameOf } from './lab.ts'
import { type Layout, type Placed, readLayout } from './layout.ts'
import { leftoverFindings, markKernelLogs, storageErrors } from './leftovers.ts'
import { lostRecords, OUTSIDE, startFio, startWriter, stopWriter, type VerifiedLoad, type Writer } from './load.ts'
import type { Random } from './random.ts'
import { recover } from './recovery.ts'
import { type Identities, identitiesOf, mustSurvive, restarted, subjectName, subjectsOf } from './subjects.ts'
import type { Watch } from './watch.ts'

/** What one fault has done. */
export interface Round {
  readonly number: number
  readonly fault: string
  readonly layer: Layer
  readonly storage: string
  readonly where: string
  /** The longest pause of each writer whose mount the fault does not end by design, in seconds. */
  readonly pauses: readonly number[]
  /** Likewise of those in containers. */
  readonly containerPauses: readonly number[]
  /** Until nothing was wrong any more, in seconds after the fault had been mended. */
  readonly recovery: number
  /** Records that were acknowledged, and those of them that were not found. */
  readonly records: number
  readonly lost: number
  /** What should not be. */
  readonly findings: readonly string[]
  /** Whether the cluster has become as it was before. */
  readonly isWell: boolean
}

/** A round as a line of JSON keeps it. */
export interface Recorded extends Round {
  readonly seed: number
  readonly nodes: number
  /** How often a node was asked meanwhile what it is active in. */
  readonly samples: number
}

/** How long a writer may take to go on after that. */
const WRITING_SECONDS = 60

export interface Chosen {
  readonly number: number
  readonly fault: Fault
  readonly storage: Placed
  readonly random: Random
  /** Whether an operator clears failures when nothing else is wrong. */
  readonly clears: boolean
}

/** Makes a fault happen under load, lets the cluster recover, and looks for what should not be. Undefined where there is no place for it. */
export async function playRound(layout: Layout, chosen: Chosen, watch: Watch): Promise<Round | undefined> {
  const { number, fault, storage, random, clears } = chosen
  const injection = fault.inject({ layout, storage, random })
  if (injection === undefined) return undefined
  const mark = `faults-${number}`
  await markKernelLogs(layout.nodes, mark)
  const before = await identitiesOf(layout)
  const writers = await Promise.all(
    subjectsOf(layout).map(async ({ directory, ...one }) =>
      startWriter({ ...one, file: `${directory}/${mark}` }, one.container === undefined ? OUTSIDE : INSIDE),
    ),
  )
  const loads = layout.storages.map(({ name, mounter, directory }) =>
    startFio(name, mounter, `${directory}/fio-${number}`),
  )
  watch.take()
  const failures = await failuresOf(injection)
  const { recovery, findings: wrong } = await recover(layout.nodes, clears)
  const survivors = writers.filter(writer => mustSurvive(injection, writer))
  const stuck = await stuckAmong(survivors)
  const pausesOf = (some: readonly Writer[]) => some.map(({ pause }) => pause())
  const pauses = pausesOf(survivors.filter(({ container }) => container === undefined))
  const containerPauses = pausesOf(survivors.filter(({ container }) => container !== undefined))
  await Promise.all(writers.map(stopWriter))
  const verified = await verifiedBy(loads.filter(load => mustSurvive(injection, { ...load, container: undefined })))
  const after = wrong.length === 0 ? await readLayout(layout.nodes) : undefined
  return {
    ...{ number, fault: fault.name, layer: fault.layer, storage: storage.name, where: injection.where },
    ...{ pauses, containerPauses, recovery, isWell: after !== undefined },
    records: sum(writers.map(({ acknowledged }) => acknowledged.size)),
    lost: after === undefined ? 0 : sum(await Promise.all(writers.map(async writer => lossOf(writer, after)))),
    findings: [
      ...failures,
      ...wrong,
      ...stuck,
      ...verified,
      ...watch.take().map(({ what, nodes }) => `${nodes.map(nameOf).join(' and ')} had at once: ${what}`),
      ...survivors.flatMap(writer => writer.errors.map(error => `the writer on ${subjectName(writer)}: ${error}`)),
      ...(after === undefined ? [] : await whatItLeft(after, { before, injection, mark })),
    ],
  }
}

/** Makes it happen. Nothing, or why it could not be made. */
async function failuresOf(injection: Injection): Promise<string[]> {
  try {
    await injection.act()
    return []
  } catch (error) {
    return [`the fault itself failed: ${errorText(error)}`]
  }
}

/** The writers that do not go on. */
async function stuckAmong(writers: readonly Writer[]): Promise<string[]> {
  const before = new Map(writers.map(writer => [writer, writer.acknowledged.size]))
  const isStuck = (writer: Writer) => writer.acknowledged.size < (before.get(writer) ?? 0) + 20
  await becomes(WRITING_SECONDS, async () => !writers.some(isStuck))
  return writers.filter(isStuck).map(writer => `the writer on ${subjectName(writer)} does not go on`)
}

async function verifiedBy(loads: readonly VerifiedLoad[]): Promise<string[]> {
  const found = loads.map(async ({ storage, end }) => (await end()).map(what => `the load on ${storage}: ${what}`))
  return (await Promise.all(found)).flat()
}

async function lossOf(writer: Writer, { storages }: Layout): Promise<number> {
  const mounter = storages.find(({ name }) => name === writer.storage)?.mounter
  if (mounter === undefined) throw new Error(`${writer.storage} is gone`)
  return (await lostRecords(writer, mounter)).length
}

interface Before {
  readonly before: Identities
  readonly injection: Injection
  readonly mark: string
}

async function whatItLeft(after: Layout, { before, injection, mark }: Before): Promise<string[]> {
  const mounts = after.storages.filter(({ name, mounter }) =>
    mustSurvive(injection, { node: mounter, storage: name, container: undefined }),
  )
  const clients = [...new Set(mounts.map(({ mounter }) => mounter))].filter(
    node => !after.storages.some(({ name, mounter }) => mounter === node && injection.remounts.includes(name)),
  )
  const errors = await Promise.all(
    clients.map(async node => (await storageErrors(node, mark)).map(line => `${nameOf(node)}: ${line}`)),
  )
  const changed = restarted(after, { before, after: await identitiesOf(after), injection })
  return [...changed, ...errors.flat(), ...(await leftoverFindings(after))]
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0)
