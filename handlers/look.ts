import { errorText } from '../system/error-text.ts'
import { crmExit } from '../system/pacemaker/exit-status.ts'
import { ToolFailed, ToolMissing } from '../system/system.ts'
import { answer, answers, type Decision, wait } from './answer.ts'
import type { Call } from './call.ts'
import { type ClusterView, clusterView } from './cluster/view.ts'
import { decideByCluster, decideByDrbd } from './decision.ts'
import { ownStatus } from './own-status.ts'

/** What one look at DRBD and the cluster has shown. */
export interface Look {
  readonly decision: Decision
  /** Undefined where the cluster does not answer, or need not be asked. */
  readonly view?: ClusterView
  /** The role of this node; empty where DRBD does not show it. */
  readonly role: string
  readonly isWithoutPacemaker?: true
}

/** What is to be done, as DRBD and the cluster are now. */
export async function look(call: Call): Promise<Look> {
  let role = ''
  try {
    const status = decideByDrbd(await ownStatus(call))
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
