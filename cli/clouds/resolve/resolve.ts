import type { Cluster } from '../../../cloud/cib/read/cluster.ts'
import type { Configuration } from '../../../cloud/configuration.ts'
import { EMPTY_CONTEXT, type ResolveContext } from '../../../cloud/resolve/context.ts'
import { type Resolution, resolve } from '../../../cloud/resolve/resolve.ts'
import type { Element } from '../../../cloud/xml.ts'
import { isAddressInUse } from '../../../system/nodes/address-probe.ts'
import { type System, ToolFailed } from '../../../system/system.ts'
import type { Inventory } from './inventory.ts'

/** The input that the choices depend on. */
export interface ResolveInputs {
  /** Undefined for a cluster that does not exist yet. */
  readonly cluster: Cluster | undefined
  readonly inventory: Inventory | undefined
  /** The CIB that new clouds are to be added to; undefined if nothing will be changed. */
  readonly cib?: Element | undefined
  /** Whether new clouds are to be created. */
  readonly creating: boolean
  /** Whether a new cloud adopts existing data of its name. */
  readonly adopting?: boolean
}

/** The configuration with all values chosen; it does not use addresses at which a host answers. */
export async function resolveWithProbes(
  system: System,
  configuration: Configuration,
  { cluster = EMPTY_CONTEXT.cluster, inventory, cib, creating, adopting = false }: ResolveInputs,
): Promise<Resolution> {
  let context: ResolveContext = { ...EMPTY_CONTEXT, cluster, cib, ...inventory, creating, adopting }
  const probed = new Set<string>()
  for (;;) {
    const resolution = resolve(configuration, context)
    const answering = inventory ? await answeringAddresses(system, resolution, probed) : []
    if (answering.length === 0) return resolution
    context = { ...context, usedAddresses: [...context.usedAddresses, ...answering] }
  }
}

/** The new addresses, among those not probed before, that are in use. */
async function answeringAddresses(system: System, resolution: Resolution, probed: Set<string>): Promise<string[]> {
  const moved = newAddresses(resolution).filter(({ address }) => !probed.has(address))
  const answers = await Promise.all(
    moved.map(async ({ address, node }) => {
      probed.add(address)
      return (await isAddressInUse(system, node, address).catch(unreachable)) ? [address] : []
    }),
  )
  return answers.flat()
}

/** The addresses that something gets, each with a node that would have it. */
function newAddresses({ clouds, vservers }: Resolution): { readonly address: string; readonly node: string }[] {
  const ofClouds = clouds.flatMap(({ present, cloud: { address, storageNodes } }) =>
    address === present?.address ? [] : [{ address, node: storageNodes[0] }],
  )
  const ofVservers = vservers.flatMap(({ present, vserver, cloud: { preferredVhosts, storageNodes } }) => {
    const address = vserver.address?.address
    const isNew = address !== undefined && address !== present?.address?.address
    return isNew ? [{ address, node: preferredVhosts[0] ?? storageNodes[0] }] : []
  })
  return [...ofClouds, ...ofVservers]
}

/** A node that is down cannot probe. */
function unreachable(error: unknown): undefined {
  if (error instanceof ToolFailed) return undefined
  throw error
}
