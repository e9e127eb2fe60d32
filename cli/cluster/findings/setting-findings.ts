import { valueText } from '../../../cloud/problem.ts'
import { type AddressRange, parseAddressRange } from '../../../cloud/subnets.ts'
import { parseInitiatorName } from '../../../system/iscsi/initiator-name.ts'
import { parseInitiator } from '../../../system/iscsi/names.ts'
import type { NetworkLink } from '../../../system/nodes/addresses.ts'
import { parseVhacsConf, type VhacsConf } from '../../../system/nodes/files/vhacs-conf.ts'
import { ifReadable } from '../../run/if-readable.ts'
import type { Sections } from '../examine/examination.ts'
import { error, type NodeFinding } from '../examine/finding.ts'
import { networkLink } from '../examine/network-link.ts'

const SEE = 'see vhacs(8), FILES'

/** Findings about /etc/vhacs.conf and the initiator name. */
export function settingFindings({ sections }: Sections): NodeFinding[] {
  const conf = confIn({ sections })
  const range = serviceAddressesIn({ sections })
  return [
    ...initiatorNameFindings({ sections }),
    ...(typeof conf === 'string' ? [error(conf, SEE)] : interfaceFindings(conf, sections.get('links') ?? '[]')),
    ...(typeof range === 'string' ? [error(`/etc/vhacs.conf: SERVICE_ADDRESSES: ${range}`, SEE)] : []),
  ]
}

const NO_INITIATOR = error(
  '/etc/iscsi/initiatorname.iscsi has no InitiatorName',
  'echo "InitiatorName=$(iscsi-iname)" >/etc/iscsi/initiatorname.iscsi; systemctl restart iscsid',
)

/** An initiator name that is missing or malformed. */
export function initiatorNameFindings(examined: Sections): NodeFinding[] {
  const name = writtenInitiator(examined)
  if (name === undefined) return [NO_INITIATOR]
  if (initiatorIn(examined) !== undefined) return []
  const what = `the InitiatorName ${valueText(name)} in /etc/iscsi/initiatorname.iscsi is not an iSCSI name`
  return [error(what, 'correct it there, and run "systemctl restart iscsid"')]
}

function interfaceFindings(conf: VhacsConf, links: string): NodeFinding[] {
  const names = [conf.storageInterface, conf.replicationInterface, conf.heartbeatInterface]
  const problem = orReason(links, text => networkLink(text, conf.storageInterface))
  if (typeof problem === 'string') return [error(problem, 'check what "ip -json address" prints there')]
  return [...new Set(names.flatMap(found => found ?? []))].flatMap(
    name => faultOfInterface(name, networkLink(links, name)) ?? [],
  )
}

function faultOfInterface(name: string, link: NetworkLink | undefined): NodeFinding | undefined {
  const text = `interface ${name} of /etc/vhacs.conf`
  if (link === undefined) return error(`${text} does not exist`, 'correct /etc/vhacs.conf, or name the interface so')
  if (!link.flags.includes('UP'))
    return error(`${text} is down`, 'set it up ("ip link set up"), also for the next boot')
  if (!link.flags.includes('LOWER_UP'))
    return error(`${text} has no carrier`, 'check its cable and the port of the switch')
  const hasAddress = link.addresses.some(({ scope }) => scope === 'global')
  return hasAddress ? undefined : error(`${text} has no address`, 'give it one, or correct /etc/vhacs.conf')
}

/** The node's iSCSI initiator name, in lower case; undefined when it has none, or an invalid one. */
export function initiatorIn(examined: Sections): string | undefined {
  const name = writtenInitiator(examined)
  return name === undefined ? undefined : ifReadable(() => parseInitiator(name))
}

function writtenInitiator({ sections }: Sections): string | undefined {
  return parseInitiatorName(sections.get('initiator') ?? '')
}

/** The SERVICE_ADDRESSES of the settings, or why they are invalid; undefined without them, and for invalid settings. */
export function serviceAddressesIn(examined: Sections): AddressRange | string | undefined {
  const conf = confIn(examined)
  if (typeof conf === 'string' || conf.serviceAddresses === undefined) return undefined
  return orReason(conf.serviceAddresses, parseAddressRange)
}

/** The settings, or why they are invalid. */
function confIn({ sections }: Sections): VhacsConf | string {
  return orReason(sections.get('conf') ?? '', parseVhacsConf)
}

/** The parsed text, or why the parser refuses it. */
function orReason<T>(text: string, parse: (text: string) => T): T | string {
  try {
    return parse(text)
  } catch (thrown) {
    if (thrown instanceof RangeError) return thrown.message
    throw thrown
  }
}
