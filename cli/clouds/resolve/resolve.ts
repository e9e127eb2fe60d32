import type { Cluster } from '../../../cloud/cib/read-cluster.ts'
import type { Configuration } from '../../../cloud/configuration.ts'
import { EMPTY_CONTEXT, type ResolveContext } from '../../../cloud/resolve/context.ts'
import { type Resolution, resolve } from '../../../cloud/resolve/resolve.ts'
import { isAddressInUse } from '../../../system/nodes/address-probe.ts'
import { type System, ToolFailed } from '../../../system/system.ts'
import type { Survey } from './inventory.ts'

/** What a configuration is resolved against. */
export interface Surroundings {
  /** Undefined for a cluster that is yet to be formed. */
  readonly cluster: Cluster | undefined
  readonly survey: Survey | undefined
  /** Whether new clouds are to be made. */
  readonly creating: boolean
  /** Whether those whose data are there are to get them instead. */
  readonly adopting?: boolean
}

/** The configuration with everything chosen, against a CIB and what the nodes said. */
export async function resolveIn(
  system: System,
  configuration: Configuration,
  { cluster = EMPTY_CONTEXT.cluster, survey, creating, adopting = false }: Surroundings,
): Promise<Resolution> {
  let context: ResolveContext = { ...EMPTY_CONTEXT, cluster, ...survey, creating, adopting }
  const probed = new Set<string>()
  for (;;) {
    const resolution = resolve(configuration, context)
    const answering = survey ? await answeringAddresses(system, resolution, probed) : []
    if (answering.length === 0) return resolution
    context = { ...context, usedAddresses: [...context.usedAddresses, ...answering] }
  }
}

/** Those of the new clouds' addresses, not probed before, at which somebody answers. */
async function answeringAddresses(system: System, { clouds }: Resolution, probed: Set<string>): Promise<string[]> {
  const moved = clouds.filter(({ present, cloud }) => cloud.address !== present?.address && !probed.has(cloud.address))
  const answers = await Promise.all(
    moved.map(async ({ cloud: { address, storageNodes } }) => {
      probed.add(address)
      return (await isAddressInUse(system, storageNodes[0], address).catch(unreachable)) ? [address] : []
    }),
  )
  return answers.flat()
}

/** A node that is down cannot tell. */
function unreachable(error: unknown): undefined {
  if (error instanceof ToolFailed) return undefined
  throw error
}
