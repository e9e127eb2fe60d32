import { alertIn } from '../../../cloud/alerts/alerts.ts'
import type { Element } from '../../../cloud/xml.ts'
import { ALERT_PATH } from '../../../system/pacemaker/alert-recipient.ts'
import { type Examination, wordsIn } from '../examine/examination.ts'
import { type Finding, warning } from '../examine/finding.ts'

/** Nodes that cannot run the alert that vhacs has set. */
export function alertFindings(cib: Element, examinations: readonly Examination[]): Finding[] {
  const setting = alertIn(cib)
  if (setting === undefined) return []
  if (setting.path !== ALERT_PATH)
    return [warning(`the alert vhacs-alert runs ${setting.path}`, 'run "vhacs cluster --setalerts RECIPIENTS" again')]
  return examinations
    .filter(examined => !wordsIn(examined, 'agents').includes(ALERT_PATH))
    .map(({ node }) =>
      warning(
        `it reports no events of the cluster: ${ALERT_PATH} is not installed`,
        'install the same version of VHACS as on the other nodes',
        node,
      ),
    )
}
