import type { Identity } from '../../system/lio/create.ts'
import type { LioContext } from './parameters.ts'

/**
 * The SCSI identity of the LUN, the same on every node. The target name contains the names of cluster and cloud, and each value
 * that is not set is derived from it: it differs between clusters, and between volumes already in the first 8 characters of the
 * product, the only ones that ESXi compares.
 */
export async function identityOf(parameters: LioContext['parameters']): Promise<Identity> {
  const { iqn, tpgt, lun, scsi_sn, vendor_id, product_id } = parameters
  const { createHash } = await import('node:crypto')
  const derived = createHash('sha256').update(`${iqn} ${tpgt} ${lun}`).digest('hex').slice(0, 32)
  return { serial: scsi_sn ?? derived, vendor: vendor_id, product: product_id ?? derived.slice(0, 16) }
}
