import type { System } from '../../system.ts'
import { runOn } from '../ssh.ts'

/** Tells Pacemaker that a node is off, so that it need not fence it. @see stonith_admin(8), --confirm */
export async function confirmFencing(system: System, node: string, lost: string): Promise<void> {
  await runOn(system, node, ['stonith_admin', '--confirm', lost])
}

/** What has succeeded so recently is not repeated: a node that is about to come back would be reset again. */
const REPEAT_SECONDS = 60

/**
 * Has a lost node fenced, asked on another one, which needs no coordinator for that. @see stonith_admin(8), --reboot
 * @throws ToolFailed unless a device vouches for it in that time.
 */
export async function fenceNode(
  system: System,
  node: string,
  { lost, timeoutSeconds }: { readonly lost: string; readonly timeoutSeconds: number },
): Promise<void> {
  const bounds = ['--tolerance', String(REPEAT_SECONDS), '--timeout', String(timeoutSeconds)]
  await runOn(system, node, ['stonith_admin', '--reboot', lost, ...bounds], { timeoutSeconds: timeoutSeconds + 30 })
}

/**
 * Gives the CIB an epoch that wins over the copy of any node that joins: Pacemaker keeps the one with the highest admin_epoch, and
 * changes that itself never. @see Pacemaker Explained, "CIB Properties"
 */
export async function setAdminEpoch(system: System, node: string, epoch: number): Promise<void> {
  await runOn(system, node, ['cibadmin', '--modify', '--xml-text', `<cib admin_epoch="${epoch}"/>`])
}
