/** The name under which Pacemaker calls VHACS about an event, a link in /usr/lib/vhacs. */
export const ALERT_NAME = 'vhacs-alert'

/** The program that the CIB names. */
export const ALERT_PATH = `/usr/lib/vhacs/${ALERT_NAME}`

/** Where it notes what it has reported; its user, hacluster, may write there. */
export const ALERT_DIRECTORY = '/run/vhacs-alert'

/** Who is told of an event. */
export type AlertRecipient =
  | { readonly kind: 'log' }
  | { readonly kind: 'mail'; readonly address: string }
  | { readonly kind: 'webhook'; readonly url: string; readonly host: string }

/** A local user, or user@host; none begins with a dash, which would be an option of sendmail. */
const ADDRESS = /^[A-Za-z0-9_][\w.+-]{0,63}(?:@[A-Za-z0-9][A-Za-z0-9.-]{0,252})?$/

const LONGEST_URL = 2000

/** `log`, `mail:ADDRESS`, `https://…` or `http://…`. @throws RangeError that does not contain a URL, whose path may be a key. */
export function parseAlertRecipient(text: string): AlertRecipient {
  if (text === 'log') return { kind: 'log' }
  if (text.startsWith('mail:')) {
    const address = text.slice('mail:'.length)
    if (!ADDRESS.test(address))
      throw new RangeError('expected an address in mail:ADDRESS, as in mail:admin@example.com')
    return { kind: 'mail', address }
  }
  if (/^https?:\/\//.test(text)) return { kind: 'webhook', ...parseUrl(text) }
  throw new RangeError('expected log, mail:ADDRESS, https://… or http://… as a recipient of alerts')
}

function parseUrl(text: string): { readonly url: string; readonly host: string } {
  const url = text.length <= LONGEST_URL && /^[!-~]+$/.test(text) ? URL.parse(text) : null
  if (url === null || url.hostname === '')
    throw new RangeError('a webhook is not a valid URL such as https://host.example/path')
  if (url.username !== '' || url.password !== '')
    throw new RangeError(`the webhook on ${url.host} has a user or a password, which cannot be used`)
  return { url: url.href, host: url.host }
}
