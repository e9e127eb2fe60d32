import type { System } from '../../system.ts'
import { runOn } from '../ssh.ts'

/** Tells Pacemaker that a node is off, so that it need not fence it. @see stonith_admin(8), --confirm */
export async function confirmFencing(system: System, node: string, lost: string): Promise<void> {
  await runOn(system, node, ['stonith_admin', '--confirm', lost])
}

/**
 * Gives the CIB an epoch that wins over the copy of any node that joins: Pacemaker keeps the one with the highest admin_epoch, and
 * changes that itself never. @see Pacemaker Explained, "CIB Properties"
 */
export async function setAdminEpoch(system: System, node: string, epoch: number): Promise<void> {
  await runOn(system, node, ['cibadmin', '--modify', '--xml-text', `<cib admin_epoch="${epoch}"/>`])
}
