import { parseNodeName } from '../../cloud/names.ts'
import { descendants, parseXml } from '../../cloud/xml.ts'
import type { LockHolder } from '../../system/nodes/cluster-lock.ts'

/** The holder recorded in the lock's element. @throws Error with advice for any other text. */
export function holderIn(xml: string): LockHolder {
  // exactly as it was written: the lock is released by this text, and a lock that is never released would be retried for ever
  const value = descendants(parseXml(xml), 'nvpair')[0]?.attributes.value ?? ''
  const [, node = '', pid, startTime] = /^(\S+) ([1-9]\d{0,9}) (\d{1,20})$/.exec(value) ?? []
  try {
    parseNodeName(node)
  } catch (cause) {
    const remove = `cibadmin --delete --xpath "//cluster_property_set[@id='vhacs-lock']"`
    throw new Error(
      `the lock of vhacs in the CIB does not name its holder: if no vhacs is running, remove it with ${remove}`,
      { cause },
    )
  }
  return { node, pid: Number(pid), startTime: startTime ?? '' }
}
