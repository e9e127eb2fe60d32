import type { VserverAddress, VserverParameter, VserverParameters } from '../../../cloud/cloud.ts'
import { parseVserverName } from '../../../cloud/names.ts'
import { addressFault } from '../../../cloud/service-address.ts'
import { parseVserverParameters } from '../../../cloud/vserver-parameters.ts'
import { ADDRESS_BITS, addressOf, addressText } from '../../../system/addresses.ts'
import { expandRanges } from '../../command/name-ranges.ts'
import { type Call, type Options, textOf } from '../../command/verb.ts'

/** What an operator wants of new vservers. */
export interface CreateRequest {
  readonly names: readonly string[]
  readonly storage: string
  /** Without user ids where the operator leaves them open. */
  readonly parameters: VserverParameters
  readonly address: VserverAddress | undefined
}

/** The options that become parameters of the agent. */
const OPTIONS: Readonly<Partial<Record<VserverParameter, string>>> = {
  network: 'network',
  command: 'command',
  memory_max: 'memory',
  cpu_weight: 'cpu-weight',
  private_users: 'private-users',
  settings: 'settings',
  shutdown_timeout: 'shutdown-timeout',
}

/** @throws RangeError that names the option. */
export function requestOf({ value, options }: Call): CreateRequest {
  const names = expandRanges(value).map(parseVserverName)
  const address = addressIn(options)
  if (address && names.length > 1)
    throw new RangeError('--address: each vserver needs one of its own, create them one by one')
  const entries = Object.entries(OPTIONS)
  const texts = Object.fromEntries(entries.map(([name, option]) => [name, textOf(options, option)]))
  const labels = Object.fromEntries(entries.map(([name, option]) => [name, `--${option}`]))
  const parameters = parseVserverParameters(texts, labels)
  return { names, storage: textOf(options, 'storage') ?? '', parameters, address }
}

function addressIn(options: Options): VserverAddress | undefined {
  const text = textOf(options, 'address')
  if (text === undefined) return undefined
  const [, host = '', digits = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? []
  const address = addressOf(host)
  const prefixLength = Number(digits)
  if (address === undefined || prefixLength < 1 || prefixLength > ADDRESS_BITS[address.family])
    throw new RangeError(
      `--address: an address with the length of its prefix is expected, like 192.0.2.10/24, got ${JSON.stringify(text)}`,
    )
  const fault = addressFault(address, prefixLength)
  if (fault !== undefined) throw new RangeError(`--address: ${host} ${fault}`)
  return { address: addressText(address), prefixLength }
}
