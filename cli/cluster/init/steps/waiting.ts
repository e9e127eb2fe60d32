import { parseClusterStatus } from '../../../../cloud/pacemaker/cluster-status.ts'
import { showsQuorum } from '../../../../system/nodes/membership/corosync-state.ts'
import { runOn } from '../../../../system/nodes/ssh.ts'
import { crmExit } from '../../../../system/pacemaker/exit-status.ts'
import { waitFor } from '../../../../system/system.ts'
import type { Step } from '../../../run/steps.ts'
import type { InitContext } from './context.ts'

/* Steps that wait for the daemons. They change nothing, so a dry run leaves them out. */

export function awaitQuorum(context: InitContext): Step {
  return waiting('waiting for quorum', context, hasQuorum)
}

export function awaitNodes(context: InitContext): Step {
  return waiting('waiting until all nodes are online', context, areAllOnline)
}

/** Emulated and overloaded nodes need a large part of it. */
const TIMEOUT_SECONDS = 300

/** `reach` returns true, or what is still missing, which the error names. */
export function waiting(
  name: string,
  context: InitContext,
  reach: (context: InitContext) => Promise<boolean | string>,
): Step {
  const { system, interruption } = context
  return {
    name,
    waits: true,
    run: async () => {
      const end = system.now() + TIMEOUT_SECONDS * 1000
      const check = async () => {
        const reached = await reach(context)
        if (reached === true) return true
        if (system.now() <= end) return undefined
        const missing = reached === false ? '' : `${reached}; `
        throw new Error(
          `${missing}timed out after ${TIMEOUT_SECONDS} s: check "journalctl -u corosync -u pacemaker -u sbd" on all nodes`,
        )
      }
      await waitFor(system, check, interruption, 1000)
    },
  }
}

/** Exit statuses of corosync-quorumtool: quorate or not, and corosync unreachable. */
const QUORUM_STATUSES = [0, 1, 2]

async function hasQuorum({ system, firstNode, request }: InitContext): Promise<boolean> {
  const options = { looks: true, accepted: QUORUM_STATUSES } as const
  const { stdout } = await runOn(system, firstNode, ['corosync-quorumtool', '-s'], options)
  return showsQuorum(stdout) && new RegExp(`^Nodes:\\s+${request.nodes.length}$`, 'm').test(stdout)
}

async function areAllOnline(context: InitContext): Promise<boolean> {
  const text = await monitor(context)
  if (text === undefined) return false
  const { haStatus, hasQuorum: isQuorate } = parseClusterStatus(text)
  return isQuorate && context.request.nodes.every(node => haStatus.get(node) === 'online')
}

/** What runs where, as crm_mon's XML; undefined while Pacemaker's daemons are unreachable. */
export async function monitor({ system, firstNode }: InitContext): Promise<string | undefined> {
  const options = { looks: true, accepted: [0, crmExit.disconnected] } as const
  const words = ['crm_mon', '-1', '--inactive', '--output-as=xml'] as const
  const { status, stdout } = await runOn(system, firstNode, [...words], options)
  return status === 0 ? stdout : undefined
}
