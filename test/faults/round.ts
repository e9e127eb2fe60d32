import { errorText } from '../../system/error-text.ts'
import type { Fault, Injection, Layer } from './fault.ts'
import { healthFindings } from './health.ts'
import { becomes, lab, nameOf } from './lab.ts'
import { type Layout, type Placed, readLayout } from './layout.ts'
import { leftoverFindings, markKernelLogs, storageErrors } from './leftovers.ts'
import {
  lostRecords,
  mountIdentity,
  startFio,
  startWriter,
  stopWriter,
  type VerifiedLoad,
  type Writer,
} from './load.ts'
import type { Random } from './random.ts'
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

/** How long the cluster may take to be as before, with no failure listed; Pacemaker forgets one after a minute or two. */
const RECOVERY_SECONDS = 300
/** How long a writer may take to go on after that. */
const WRITING_SECONDS = 60

export interface Chosen {
  readonly number: number
  readonly fault: Fault
  readonly storage: Placed
  readonly random: Random
}

/** Makes a fault happen under load, lets the cluster recover, and looks for what should not be. Undefined where there is no place for it. */
export async function playRound(layout: Layout, chosen: Chosen, watch: Watch): Promise<Round | undefined> {
  const { number, fault, storage, random } = chosen
  const injection = fault.inject({ layout, storage, random })
  if (injection === undefined) return undefined
  const mark = `faults-${number}`
  await markKernelLogs(layout.nodes, mark)
  const mounts = await identitiesOf(layout.storages)
  const writers = await Promise.all(
    layout.storages.map(async ({ name, mounter, directory }) => startWriter(name, mounter, `${directory}/${mark}`)),
  )
  const loads = layout.storages.map(({ name, mounter, directory }) =>
    startFio(name, mounter, `${directory}/fio-${number}`),
  )
  watch.take()
  const failures = await failuresOf(injection)
  const { recovery, findings: wrong } = await recover(layout.nodes)
  const survivors = writers.filter(({ node, storage: name }) => mustSurvive(injection, { node, name }))
  const stuck = await stuckAmong(survivors)
  const pauses = survivors.map(({ pause }) => pause())
  await Promise.all(writers.map(stopWriter))
  const verified = await verifiedBy(loads.filter(({ node, storage: name }) => mustSurvive(injection, { node, name })))
  const after = wrong.length === 0 ? await readLayout(layout.nodes) : undefined
  return {
    ...{ number, fault: fault.name, layer: fault.layer, storage: storage.name, where: injection.where },
    ...{ pauses, recovery, isWell: after !== undefined },
    records: sum(writers.map(({ acknowledged }) => acknowledged.size)),
    lost: after === undefined ? 0 : sum(await Promise.all(writers.map(async writer => lossOf(writer, after)))),
    findings: [
      ...failures,
      ...wrong,
      ...stuck,
      ...verified,
      ...watch.take().map(({ what, nodes }) => `${nodes.map(nameOf).join(' and ')} had at once: ${what}`),
      ...survivors.flatMap(({ storage: name, errors }) => errors.map(error => `the writer on ${name}: ${error}`)),
      ...(after === undefined ? [] : await whatItLeft(after, { mounts, injection, mark })),
    ],
  }
}

/** Whether a mount has to outlive the fault. */
function mustSurvive(
  { ends, remounts }: Injection,
  { node, name }: { readonly node: number; readonly name: string },
): boolean {
  return !ends.includes(node) && !remounts.includes(name)
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

interface Recovery {
  readonly recovery: number
  /** What is still wrong. */
  readonly findings: readonly string[]
}

/** All nodes run and are in the cluster again; also one that is fenced only later. */
async function recover(nodes: readonly number[]): Promise<Recovery> {
  const begin = performance.now()
  await join(nodes)
  const isWell = await becomes(RECOVERY_SECONDS, async () => {
    const wrong = await healthFindings(nodes)
    if (wrong.some(isAbsence)) await join(nodes)
    return wrong.length === 0
  })
  return { recovery: (performance.now() - begin) / 1000, findings: isWell ? [] : await healthFindings(nodes) }
}

/** As an administrator does, who finds nodes that do not run, or run without the cluster. */
async function join(nodes: readonly number[]): Promise<void> {
  // a node that does not start or join is named by what is asked next
  for (const node of nodes) await lab('boot', node).catch(() => undefined)
  await lab('cluster').catch(() => undefined)
}

const isAbsence = (wrong: string) => /^node\d( is (offline|unclean|missing)$|: crm_mon)/.test(wrong)

async function identitiesOf(storages: readonly Placed[]): Promise<Map<string, string>> {
  const identities = storages.map(
    async ({ name, mounter, directory }) => [name, await mountIdentity(mounter, directory)] as const,
  )
  return new Map(await Promise.all(identities))
}

/** The writers that do not go on. */
async function stuckAmong(writers: readonly Writer[]): Promise<string[]> {
  const before = new Map(writers.map(({ storage, acknowledged }) => [storage, acknowledged.size]))
  const isStuck = ({ storage, acknowledged }: Writer) => acknowledged.size < (before.get(storage) ?? 0) + 20
  await becomes(WRITING_SECONDS, async () => !writers.some(isStuck))
  return writers.filter(isStuck).map(({ storage }) => `the writer on ${storage} does not go on`)
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
  readonly mounts: ReadonlyMap<string, string>
  readonly injection: Injection
  readonly mark: string
}

async function whatItLeft(after: Layout, { mounts, injection, mark }: Before): Promise<string[]> {
  const now = await identitiesOf(after.storages)
  const survivors = after.storages.filter(({ name, mounter }) => mustSurvive(injection, { node: mounter, name }))
  const clients = [...new Set(survivors.map(({ mounter }) => mounter))].filter(
    node => !after.storages.some(({ name, mounter }) => mounter === node && injection.remounts.includes(name)),
  )
  const errors = await Promise.all(
    clients.map(async node => (await storageErrors(node, mark)).map(line => `${nameOf(node)}: ${line}`)),
  )
  const moved = survivors.filter(
    ({ name }) => !isEndedBefore(mounts.get(name), injection) && now.get(name) !== mounts.get(name),
  )
  return [...moved.map(({ name }) => `${name} was mounted again`), ...errors.flat(), ...(await leftoverFindings(after))]
}

/** Whether the mount was, before the fault, on a node whose mounts it ended. */
function isEndedBefore(identity: string | undefined, { ends }: Injection): boolean {
  return ends.some(node => identity?.startsWith(`${node}:`))
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0)
