import { nspawnContainer } from '../../agents/nspawn-container/index.ts'
import { addressOf, addressText } from '../../system/addresses.ts'
import type { CloudState, VserverAddress, VserverParameter, VserverParameters } from '../cloud.ts'
import type { WantedVserver } from '../configuration.ts'
import { parseNodeName, parseTree, parseVserverName } from '../names.ts'
import { addressFault } from '../service-address.ts'
import { isPrefixLength } from '../subnets.ts'
import type { ValueReader } from './values.ts'

/*
 * A vserver in the file. Besides the keys here it has those of its agent's parameters, with the agent's own parsers.
 */

const { machine, directory, ...PARAMETERS } = nspawnContainer.parameters
const NAMES = Object.keys(PARAMETERS) as VserverParameter[]

/** A parameter's value as YAML has it: a number or a truth value may be written without quotes. */
type PlainValue = string | number | boolean

/** In the form that the schema allows. */
export type VserverItem = Readonly<Partial<Record<VserverParameter, PlainValue>>> & {
  readonly name: string
  readonly cloud: string
  readonly tree?: string
  readonly address?: string
  readonly vhosts?: readonly string[]
  readonly state?: CloudState
}

/** An empty text stands for the agent's default; a text that looks like a number needs no quotes. */
const TYPES = { string: ['string', 'integer'], integer: ['integer', 'string'], boolean: ['boolean', 'string'] } as const

const text = { type: 'string' } as const
const word = { type: 'string', minLength: 1 } as const

export const vserverSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'cloud'],
  properties: {
    name: { ...word, description: 'letters, digits and dashes, at most 32, a letter first and no dash last' },
    cloud: { ...word, description: 'the cloud that has its root directory; it runs where that is mounted' },
    tree: { ...text, description: 'its root directory, as a path in the cloud; default: its name' },
    state: { enum: ['active', 'standby'], description: 'standby: stopped; default: active' },
    vhosts: {
      type: 'array',
      uniqueItems: true,
      items: word,
      description:
        'the vhosts that its cloud should prefer, in order, instead of in the entry of that; default: chosen',
    },
    address: {
      ...text,
      description:
        'a service address on the node that runs it, with its prefix length, like 192.0.2.10/24; default: none',
    },
    ...Object.fromEntries(NAMES.map(name => [name, parameterSchema(name)])),
  },
} as const

function parameterSchema(name: VserverParameter) {
  const declared: { readonly type: keyof typeof TYPES; readonly short: string; readonly default?: string } =
    PARAMETERS[name]
  const byDefault = declared.default === undefined ? '' : `; default: ${declared.default}`
  return { type: TYPES[declared.type], description: `${declared.short}${byDefault}` }
}

export function vserverOf(item: VserverItem, read: ValueReader): WantedVserver {
  return {
    name: read('name', item.name, parseVserverName) ?? item.name,
    cloud: item.cloud,
    tree: read('tree', item.tree, parseTree),
    parameters: parametersOf(item, read),
    address: read('address', item.address, parseVserverAddress),
    preferredVhosts: item.vhosts?.flatMap((name, index) => read(['vhosts', index], name, parseNodeName) ?? []),
    state: item.state,
  }
}

function parametersOf(item: VserverItem, read: ValueReader): VserverParameters {
  const entries = NAMES.flatMap(name => {
    const value = read(name, item[name], plain => parseVserverParameter(name, String(plain)))
    return value === undefined ? [] : [[name, value] as const]
  })
  return Object.fromEntries(entries)
}

/** Checked by the agent's parser, but kept as a text. @throws RangeError */
export function parseVserverParameter(name: VserverParameter, value: string): string {
  if (value !== '') PARAMETERS[name].parse(value)
  return value
}

/** The address in normal form. It need not be in the storage network, so that its own network is named. @throws RangeError */
export function parseVserverAddress(value: string): VserverAddress | 'none' {
  if (value === 'none') return value
  const [, addressPart = '', length] = /^([^/]*)\/(\d{1,3})$/.exec(value) ?? []
  const address = addressOf(addressPart)
  const prefixLength = Number(length)
  if (address === undefined || !isPrefixLength(address.family, prefixLength))
    throw new RangeError('none, or an address with its network like 192.0.2.10/24 or 2001:db8::10/64, is expected')
  const fault = addressFault(address, prefixLength)
  if (fault !== undefined) throw new RangeError(`${JSON.stringify(value)} ${fault}: choose another address`)
  return { address: addressText(address), prefixLength }
}

/** The entry of a vserver; vserverOf returns the same. */
export function vserverItem(vserver: WantedVserver): VserverItem {
  const { name, cloud, tree, parameters, address, preferredVhosts, state } = vserver
  const plain = Object.entries(parameters).map(([key, value]) => [key, plainValue(value)] as const)
  return {
    name,
    cloud,
    ...(tree !== undefined && { tree }),
    ...(state && { state }),
    ...(preferredVhosts && { vhosts: preferredVhosts }),
    ...(address && { address: address === 'none' ? address : `${address.address}/${address.prefixLength}` }),
    ...Object.fromEntries(plain),
  }
}

/** Without quotes in YAML, if that is read as the same text. */
function plainValue(value: string): PlainValue {
  if (value === 'true' || value === 'false') return value === 'true'
  return /^(0|[1-9]\d{0,14})$/.test(value) ? Number(value) : value
}
