import { type Change, creations, deletions } from '../cib/patch.ts'
import { child, type Element, element } from '../xml.ts'

const CONFIGURATION = '/cib/configuration'
const ALERTS = `${CONFIGURATION}/alerts`

/** Id of the alert that vhacs sets; others are an operator's. */
const ALERT_ID = 'vhacs-alert'

/** Longer than the agent ever takes. */
const TIMEOUT = '30s'

/** Who is told of events, by which program. */
export interface AlertSetting {
  readonly path: string
  /** In this order; none, and there is no alert. */
  readonly recipients: readonly string[]
}

/** The alert that vhacs has set in a CIB. */
export function alertIn(cib: Element): AlertSetting | undefined {
  const found = ours(cib)
  if (found === undefined) return undefined
  const recipients = found.children.filter(({ name }) => name === 'recipient')
  return {
    path: found.attributes.path ?? '',
    recipients: recipients.map(({ attributes }) => attributes.value ?? ''),
  }
}

/** The changes that set the alert; empty if it is there as it should be. */
export function alertChanges(cib: Element, setting: AlertSetting): Change[] {
  const present = ours(cib)
  const wanted = setting.recipients.length === 0 ? undefined : alertElement(setting)
  if (JSON.stringify(present) === JSON.stringify(wanted)) return []
  const removed = present === undefined ? [] : deletions(ALERTS, [present])
  if (wanted === undefined) return removed
  const hasSection = child(child(cib, 'configuration'), 'alerts') !== undefined
  const created = hasSection ? creations(ALERTS, [wanted]) : creations(CONFIGURATION, [element('alerts', {}, [wanted])])
  return [...removed, ...created]
}

function ours(cib: Element): Element | undefined {
  const section = child(child(cib, 'configuration'), 'alerts')
  return section?.children.find(({ name, attributes }) => name === 'alert' && attributes.id === ALERT_ID)
}

/** Changes of node attributes are no events for it. @see Pacemaker Explained, "Alerts" */
export function alertElement({ path, recipients }: AlertSetting): Element {
  const meta = `${ALERT_ID}-meta_attributes`
  return element('alert', { id: ALERT_ID, path }, [
    element('meta_attributes', { id: meta }, [
      element('nvpair', { id: `${meta}-timeout`, name: 'timeout', value: TIMEOUT }),
    ]),
    element(
      'select',
      {},
      ['select_nodes', 'select_fencing', 'select_resources'].map(name => element(name, {})),
    ),
    ...recipients.map((value, index) => element('recipient', { id: `${ALERT_ID}-recipient-${index + 1}`, value })),
  ])
}
