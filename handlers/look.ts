import { errorText } from '../system/error-text.ts'
import { crmExit } from '../system/pacemaker/exit-status.ts'
import { ToolFailed, ToolMissing } from '../system/system.ts'
import { answer, answers, type Decision, wait } from './answer.ts'
import type { Call } from './call.ts'
import { type ClusterView, clusterView } from './cluster/view.ts'
import { decideByCluster, decideByDrbd } from './decision.ts'
import { ownStatus } from './own-status.ts'

/** The result of one look at DRBD and the cluster. */
export interface Look {
  readonly decision: Decision
  /** Undefined if the cluster does not answer, or need not be queried. */
  readonly view?: ClusterView
  /** The role of this node; empty if DRBD does not show it. */
  readonly role: string
  readonly isWithoutPacemaker?: true
}

/** The decision for the current state of DRBD and the cluster. */
export async function look(call: Call): Promise<Look> {
  let role = ''
  try {
    const status = decideByDrbd(await ownStatus(call), call.occasion.peers)
    if ('kind' in status) return { decision: status, role }
    role = status.role
    const view = await clusterView(call.system, call.occasion, call.caller)
    return { decision: decideByCluster(status, view), view, role }
  } catch (error) {
    if (error instanceof RangeError || error instanceof ToolMissing)
      return { decision: answer(answers.unknown, error.message), role }
    if (error instanceof ToolFailed && error.finished.status === crmExit.disconnected)
      return { decision: wait('Pacemaker is not running on this node'), role, isWithoutPacemaker: true }
    return { decision: wait(errorText(error)), role }
  }
}
