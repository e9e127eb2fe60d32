import type { System, Tool } from '../system.ts'
import { configuredDisk, configuredMinors } from './config/config.ts'
import type { Bound } from './drbdadm.ts'

const drbdmeta: Tool = { name: 'drbdmeta', package: 'drbd-utils' }

/** How drbdmeta is asked for the generations of each format; that of DRBD 9 has them by peer. */
const FORMATS = { 8: { format: 'v08', options: [] }, 9: { format: 'v09', options: ['--node-id', '0'] } } as const

/**
 * Whether the disk of a resource that is down has internal meta-data of this major version of DRBD. Reads only.
 * @see drbdmeta(8): it fails for every other format
 */
export async function hasMetadataOf(
  system: System,
  { resource, major }: { readonly resource: string; readonly major: 8 | 9 },
  { signal }: Bound,
): Promise<boolean> {
  const disk = configuredDisk(system, resource)
  const [minor] = configuredMinors(system, resource) ?? []
  if (disk === undefined || minor === undefined) return false
  const { format, options } = FORMATS[major]
  const args = [String(minor), format, disk, 'internal', 'get-gi', ...options]
  return (await system.run(drbdmeta, args, { signal, looks: true })).status === 0
}
