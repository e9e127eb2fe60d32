import type { Cloud } from '../../../cloud/cloud.ts'
import { withOwnHandlers } from '../../../cloud/compose/drbd/handlers.ts'
import type { System } from '../../../system/system.ts'
import { requireHandlers } from '../../clouds/drbd-handlers.ts'
import type { Call } from '../../command/verb.ts'
import type { Step, Work } from '../../run/steps.ts'
import { changeFiles, type FileChange, fileChange, replaceStep } from './resource-files.ts'

/** vhacs storage --sethandlers */
export async function setHandlers(call: Call): Promise<void> {
  await changeFiles(call, { outcome: 'calls the handlers of VHACS', changeOf, stepsOf })
}

/** @throws RangeError for a storage whose files an operator has changed, Error for a node that lacks the handlers. */
async function changeOf(system: System, cloud: Cloud): Promise<FileChange> {
  for (const node of cloud.storageNodes) await requireHandlers(system, node)
  return fileChange(system, cloud, {
    changed: withOwnHandlers,
    advice:
      'edit its handlers section on both nodes: set fence-peer to "/usr/lib/vhacs/fence-peer" and unfence-peer to "/usr/lib/vhacs/unfence-peer", and remove after-resync-target',
  })
}

/** DRBD need not be notified: drbdadm reads the file at each call of a handler. */
function stepsOf(work: Work, change: FileChange): Step[] {
  return [replaceStep(work, change, { writing: 'the handlers' })]
}
