import { type AlertSetting, alertChanges } from '../../cloud/alerts/alerts.ts'
import { patchText } from '../../cloud/cib/patch.ts'
import { ALERT_PATH } from '../../system/pacemaker/alert-recipient.ts'
import { changeCib } from '../clouds/change-cib.ts'
import { readCib } from '../clouds/read-cib.ts'
import { parseAlertRecipients } from '../command/alert-recipients.ts'
import type { Call } from '../command/verb.ts'
import { timedWork } from '../command/work.ts'
import { withClusterLock } from '../run/lock.ts'
import { runSteps, type Step } from '../run/steps.ts'
import { prepareAlerts } from './prepare-alerts.ts'

/** vhacs cluster --setalerts */
export async function setAlerts(call: Call): Promise<void> {
  const { system, terminal, value } = call
  const setting: AlertSetting = { path: ALERT_PATH, recipients: parseAlertRecipients(value) }
  const { root, cluster } = await readCib(system)
  const hasChanges = alertChanges(root, setting).length > 0
  const names = setting.recipients.length === 0 ? [] : cluster.nodes.map(({ name }) => name)
  const work = timedWork(call)
  const change: Step = {
    name: setting.recipients.length === 0 ? 'removing the alert' : 'setting the alert',
    run: () => changeCib(system, cib => patchText(alertChanges(cib, setting))),
  }
  const notes = await prepareAlerts(system, names)
  if (hasChanges) await withClusterLock(work, () => runSteps([change], work))
  else terminal.print('nothing to change')
  for (const note of notes) terminal.print(note)
}
