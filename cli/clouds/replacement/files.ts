import type { Cloud } from '../../../cloud/cloud.ts'
import { withSharedSecret } from '../../../cloud/compose/drbd/secret.ts'
import { type FileSide, sidesIn, withOtherSide } from '../../../cloud/compose/drbd/side.ts'
import { joinedNames } from '../../../cloud/listed-names.ts'
import { parseSubnet } from '../../../cloud/subnets.ts'
import { resourceFile } from '../../../system/drbd/config/files.ts'
import { globalNetworkAddresses } from '../../../system/nodes/node-facts.ts'
import { runOn } from '../../../system/nodes/ssh.ts'
import type { System } from '../../../system/system.ts'
import { replicationFacts } from '../creation/replication-ends.ts'
import { newSharedSecret } from '../creation/shared-secret.ts'

/** The DRBD configuration of a cloud before and after a side is replaced. */
export interface Files {
  /** What the sides that stay have. */
  readonly present: string
  /** What all sides get. */
  readonly wanted: string
}

/**
 * The files of the sides that stay, with the new node in the place of the old one. A node that leaves must not connect any more when it
 * comes back, so the others get a new secret. Reads only.
 * @throws RangeError for files that an operator has changed, for nodes with different versions of DRBD, and for a node without an address.
 */
export async function filesAfter(
  system: System,
  after: Cloud,
  { stays, to }: { readonly stays: readonly string[]; readonly to: string },
): Promise<Files> {
  const texts = await Promise.all(stays.map(node => textOn(system, node, after)))
  const [present = '', ...others] = texts
  const file = resourceFile(after.name)
  if (others.some(other => other !== present))
    throw new RangeError(`${file} is not the same on ${joinedNames(stays)}: copy the right one to the others first`)
  const sides = sidesIn(present)
  const subnet = await networkOf(system, sides, stays)
  const { ends } = (await replicationFacts(system, [after], subnet))(after)
  const end = ends.find(({ node }) => node === to)
  const text = end && withOtherSide(present, stays, end)
  // what an earlier call has written has a new secret already
  const isWritten = sides.some(({ node }) => node === to)
  if (text !== undefined)
    return { present, wanted: isWritten ? text : (withSharedSecret(text, newSharedSecret()) ?? text) }
  // of another form, which is good for the same nodes
  if (after.storageNodes.every(node => sides.some(side => side.node === node))) return { present, wanted: present }
  throw new RangeError(
    `${file} of ${stays[0]} differs from what vhacs wrote: name ${to} in it by hand on all its nodes`,
  )
}

/** The subnet that the sides replicate in, by the address of one that stays; undefined where its node does not have that address. */
async function networkOf(system: System, sides: readonly FileSide[], stays: readonly string[]) {
  const side = sides.find(({ node }) => stays.includes(node))
  if (side?.address === undefined) return undefined
  const addresses = await globalNetworkAddresses(system, side.node)
  const found = addresses.find(({ local }) => local === side.address)
  return found && parseSubnet(`${found.local}/${found.prefixLength}`)
}

async function textOn(system: System, node: string, { name }: Cloud): Promise<string> {
  const { stdout } = await runOn(system, node, ['cat', '--', resourceFile(name)], { looks: true })
  return stdout
}
