import type { VserverAddress, VserverParameter, VserverParameters } from '../../../cloud/cloud.ts'
import { parseVserverAddress, parseVserverParameter } from '../../../cloud/file/vserver.ts'
import { parseVserverName } from '../../../cloud/names.ts'
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
const OPTIONS: readonly (readonly [VserverParameter, string])[] = [
  ['network', 'network'],
  ['command', 'command'],
  ['memory_max', 'memory'],
  ['cpu_weight', 'cpu-weight'],
  ['private_users', 'private-users'],
  ['settings', 'settings'],
  ['shutdown_timeout', 'shutdown-timeout'],
]

/** @throws RangeError that names the option. */
export function requestOf({ value, options }: Call): CreateRequest {
  const names = expandRanges(value).map(parseVserverName)
  const address = parsed(options, 'address', parseVserverAddress)
  if (address && names.length > 1)
    throw new RangeError('--address: each vserver needs one of its own, create them one by one')
  const parameters = OPTIONS.flatMap(([name, option]) => {
    const text = parsed(options, option, given => parseVserverParameter(name, given))
    return text === undefined ? [] : [[name, text] as const]
  })
  return {
    names,
    storage: textOf(options, 'storage') ?? '',
    parameters: Object.fromEntries(parameters),
    address: address === 'none' ? undefined : address,
  }
}

/** The value of an option; undefined where it was not given. @throws RangeError that names it, and shows the expected form. */
function parsed<T>(options: Options, option: string, parse: (text: string) => T): T | undefined {
  const text = textOf(options, option)
  if (text === undefined) return undefined
  try {
    return parse(text)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new RangeError(`--${option}: ${error.message}, got ${JSON.stringify(text)}`, { cause: error })
  }
}
