import { addressOf } from '../addresses.ts'

/*
 * Values that targets and initiators share. Each parser throws a RangeError that names the expected form.
 */

/**
 * The name of a target that we create: an iSCSI name in one of the three forms of RFC 3720, section 3.2.6.3, in lower case (the
 * RFC's normal form: the kernel and open-iscsi compare names byte by byte).
 */
export function parseIscsiName(text: string): string {
  if (!isIscsiName(text) || /[A-Z]/.test(text))
    throw new RangeError('an iSCSI name in lower case like iqn.2026-01.org.example:cloud0 is expected')
  return text
}

/** The name of a foreign target, which may contain capitals and is case-sensitive: it is kept as it is. */
export function parseTargetName(text: string): string {
  if (!isIscsiName(text)) throw new RangeError('an iSCSI name like iqn.2026-01.org.example:cloud0 is expected')
  return text
}

/** The name of an initiator in lower case: LIO converts the name at each login to lower case before it looks up the ACL. */
export function parseInitiator(text: string): string {
  return parseTargetName(text).toLowerCase()
}

function isIscsiName(text: string): boolean {
  const isName =
    /^iqn\.\d{4}-(0[1-9]|1[0-2])\.[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?(:[a-zA-Z0-9.:-]+)?$/.test(text) ||
    /^eui\.[0-9a-fA-F]{16}$/.test(text) ||
    /^naa\.([0-9a-fA-F]{16}|[0-9a-fA-F]{32})$/.test(text)
  // 223 bytes: the limit of RFC 3720
  return isName && text.length <= 223
}

/** `address` or `address:port`, IPv6 in brackets; the port defaults to 3260. Returns the form with the port. */
export function parsePortal(text: string): string {
  const match = /^(\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-fA-F:.]+\])(?::(\d{1,5}))?$/.exec(text)
  const address = match?.[1]
  const port = Number(match?.[2] ?? 3260)
  if (address === undefined || !isAddress(address) || port < 1 || port > 65535)
    throw new RangeError('portals like 192.0.2.10:3260 or [2001:db8::10]:3260 are expected')
  // these need an interface, which neither target nor initiator can specify
  if (/^\[(fe[89ab]|ff)/.test(normal(address)))
    throw new RangeError('portals whose address is neither link-local nor multicast are expected')
  return `${normal(address)}:${port}`
}

/** An IPv6 address has many forms; this is the one of RFC 5952, which the kernel and open-iscsi keep as it is. */
function normal(address: string): string {
  return address.startsWith('[') ? new URL(`http://${address}/`).hostname : address
}

function isAddress(text: string): boolean {
  const address = addressOf(text.replace(/[[\]]/g, ''))
  return address?.family === (text.startsWith('[') ? 6 : 4)
}
