import type { Configuration } from '../../cloud/configuration.ts'
import type { Reading } from '../../cloud/file/read.ts'
import { type Cluster, readCib } from '../../cloud/read-cib.ts'
import { type Resolution, resolve } from '../../cloud/resolve/resolve.ts'
import { NOTHING, type Situation } from '../../cloud/resolve/situation.ts'
import { queryCib } from '../../system/cluster.ts'
import { isInUse } from '../../system/in-use.ts'
import { ifPresent, type System, ToolFailed } from '../../system/system.ts'
import { type Call, textOf } from '../verbs.ts'
import type { Survey } from './facts.ts'

/** Where the configuration of the cluster comes from. */
export type Source = { readonly kind: 'cluster' | 'none' } | { readonly kind: 'file'; readonly path: string }

export function sourceOf({ options }: Pick<Call, 'options'>): Source {
  const path = textOf(options, 'file')
  if (path !== undefined) return { kind: 'file', path }
  return { kind: options.offline ? 'none' : 'cluster' }
}

/** The text of the CIB; undefined without a cluster. */
export async function cibOf(system: System, source: Source): Promise<string | undefined> {
  if (source.kind === 'none') return undefined
  return source.kind === 'file' ? textAt(system, source.path) : queryCib(system)
}

/** The text of a file that an operator names. */
export function textAt(system: System, path: string): string {
  const text = ifPresent(() => system.read(path))
  if (text === undefined) throw new RangeError(`${path} does not exist`)
  return text
}

/** The file that says what is wanted, read. */
export async function readWanted(system: System, path: string): Promise<Reading> {
  // evaluated on use: YAML and the schema's validator are big
  const { readFile } = await import('../../cloud/file/read.ts')
  return readFile(textAt(system, path))
}

/** What a file is resolved against. */
export interface Surroundings {
  readonly cib: string | undefined
  readonly survey: Survey | undefined
  /** Whether new clouds are to be made. */
  readonly makes: boolean
}

/** The configuration with everything chosen, against a CIB and what the nodes said. */
export async function resolveIn(
  system: System,
  configuration: Configuration,
  { cib, survey, makes }: Surroundings,
): Promise<Resolution & { readonly cluster: Cluster }> {
  const cluster = cib === undefined ? NOTHING.cluster : readCib(cib)
  const silent = survey?.silent.map(({ node }) => node) ?? []
  let situation: Situation = { cluster, facts: survey?.facts ?? [], silent, answering: [], makes }
  const probed = new Set<string>()
  for (;;) {
    const resolution = resolve(configuration, situation)
    const answering = survey ? await answeringAddresses(system, resolution, probed) : []
    if (answering.length === 0) return { ...resolution, cluster }
    situation = { ...situation, answering: [...situation.answering, ...answering] }
  }
}

/** Those of the new clouds' addresses, not probed before, at which somebody answers. */
async function answeringAddresses(system: System, { clouds }: Resolution, probed: Set<string>): Promise<string[]> {
  const moved = clouds.filter(({ present, cloud }) => cloud.address !== present?.address && !probed.has(cloud.address))
  const answers = await Promise.all(
    moved.map(async ({ cloud: { address, storageNodes } }) => {
      probed.add(address)
      return (await isInUse(system, storageNodes[0], address).catch(unreachable)) ? [address] : []
    }),
  )
  return answers.flat()
}

/** A node that is down cannot tell. */
function unreachable(error: unknown): undefined {
  if (error instanceof ToolFailed) return undefined
  throw error
}
