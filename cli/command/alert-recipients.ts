import { parseAlertRecipient } from '../../system/pacemaker/alert-recipient.ts'

/** The recipients in a list, each once; empty for `none`. A comma in a URL is one of the URL. @throws RangeError */
export function parseAlertRecipients(text: string): string[] {
  if (text === 'none') return []
  const recipients = [...new Set(text.split(/,(?=log(?:,|$)|mail:|https?:\/\/)/))]
  for (const recipient of recipients) parseAlertRecipient(recipient)
  return recipients
}
