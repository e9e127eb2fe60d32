import { chapParameters } from '../../agents/chap.ts'
import { ext3Filesystem } from '../../agents/ext3-filesystem/index.ts'
import { lioIblock } from '../../agents/lio-iblock/index.ts'
import { lvmVolume } from '../../agents/lvm-volume/index.ts'
import { addressOf, addressText } from '../../system/addresses.ts'
import { type Chap, type StorageNodes, storageNodesIn } from '../cloud.ts'
import type { ConfiguredNode, WantedCloud } from '../configuration.ts'
import { parseCloudName, parseNodeName } from '../names.ts'
import { parseInitiator } from '../node-attributes.ts'
import { addressFault } from '../service-address.ts'
import { parseSize } from '../sizes.ts'
import { isPrefixLength, parseAddressRange, parseSubnet } from '../subnets.ts'

/*
 * Turns texts of the file into valid values. Values that end up as agents' parameters are parsed by the agents' own
 * parsers. A RangeError shows the expected form.
 */

/** A cloud in the file, in the form that the schema allows. */
export interface CloudItem {
  readonly name: string
  readonly size?: string
  readonly storage?: 'choose' | StorageNodes
  readonly vhosts?: readonly string[]
  readonly directory?: string
  readonly options?: string
  readonly state?: 'active' | 'standby'
  readonly initiators?: readonly string[]
  readonly chap?: 'none' | ChapItem
  readonly address?: string
  readonly volume_group?: string
  readonly minor?: number
  readonly iqn?: string
  readonly tpgt?: number
}

interface ChapItem extends CredentialItem {
  readonly mutual?: CredentialItem
}

interface CredentialItem {
  readonly user: string
  readonly secret: string
}

/** The networks in the file. */
export interface NetworkItems {
  readonly storage?: { readonly addresses: string }
  readonly replication?: { readonly subnet: string }
}

export interface NodeItem {
  readonly name: string
  readonly roles?: NonNullable<ConfiguredNode['roles']>
  readonly initiator?: string
}

/** Parses the value at a key; a problem is recorded, and the result is then undefined. */
export type ValueReader = <T, U>(
  key: string | readonly (string | number)[],
  value: T | undefined,
  parse: (value: T) => U,
) => U | undefined

export function cloudOf(item: CloudItem, read: ValueReader): WantedCloud {
  return {
    name: read('name', item.name, parseCloudName) ?? item.name,
    sizeBytes: read('size', item.size, parseSize),
    volumeGroup: read('volume_group', item.volume_group, lvmVolume.parameters.volume_group.parse),
    storageNodes: storageNodesOf(item.storage, read),
    preferredVhosts: item.vhosts?.flatMap((name, index) => read(['vhosts', index], name, parseNodeName) ?? []),
    directory: read('directory', item.directory, ext3Filesystem.parameters.directory.parse),
    mountOptions: read('options', item.options, parseMountOptions),
    ...addressIn(item, read),
    minor: item.minor,
    iqn: read('iqn', item.iqn, lioIblock.parameters.iqn.parse),
    tpgt: item.tpgt,
    chap: item.chap === undefined || item.chap === 'none' ? item.chap : chapOf(item.chap, read),
    moreInitiators: item.initiators?.flatMap((name, index) => read(['initiators', index], name, parseInitiator) ?? []),
    state: item.state,
  }
}

export function nodeOf({ name, roles, initiator }: NodeItem, read: ValueReader): ConfiguredNode {
  return {
    name: read('name', name, parseNodeName) ?? name,
    roles,
    initiator: read('initiator', initiator, parseInitiator),
  }
}

export function networksOf({ storage, replication }: NetworkItems, read: ValueReader) {
  return {
    serviceAddresses: read(['storage', 'addresses'], storage?.addresses, parseAddressRange),
    replication: read(['replication', 'subnet'], replication?.subnet, parseSubnet),
  }
}

function storageNodesOf(item: CloudItem['storage'], read: ValueReader): WantedCloud['storageNodes'] {
  if (item === undefined || item === 'choose') return undefined
  const nodes = item.map((name, index) => read(['storage', index], name, parseNodeName))
  return nodes.includes(undefined) ? undefined : storageNodesIn(nodes.filter(name => name !== undefined))
}

function chapOf({ user, secret, mutual }: ChapItem, read: ValueReader): Chap {
  read(['chap', 'user'], user, chapParameters.chap_user.parse)
  read(['chap', 'mutual', 'user'], mutual?.user, chapParameters.mutual_chap_user.parse)
  read(['chap', 'secret'], secret, parseSecretPlace)
  read(['chap', 'mutual', 'secret'], mutual?.secret, parseSecretPlace)
  return { initiator: { user, secret }, target: mutual }
}

/** The path of a file, or the marker of cibsecret(8). */
function parseSecretPlace(text: string): string {
  return text === 'lrm://' ? text : chapParameters.chap_secret_file.parse(text)
}

function addressIn(item: CloudItem, read: ValueReader): Pick<WantedCloud, 'address' | 'prefixLength'> {
  return read('address', item.address, parseAddress) ?? { address: undefined, prefixLength: undefined }
}

/** In normal form, so that the same address is the same text; with a prefix length, if there is one. */
function parseAddress(text: string): Pick<WantedCloud, 'address' | 'prefixLength'> {
  const [, addressPart = '', length] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const address = addressOf(addressPart)
  const prefixLength = length === undefined ? undefined : Number(length)
  if (address === undefined || (prefixLength !== undefined && !isPrefixLength(address.family, prefixLength)))
    throw new RangeError(
      'an address like 10.77.1.100 or 2001:db8::100, or with its network 10.77.1.100/24, is expected',
    )
  const fault = addressFault(address, prefixLength)
  if (fault !== undefined)
    throw new RangeError(`${JSON.stringify(text)} ${fault}: choose an address of the storage network`)
  return { address: addressText(address), prefixLength }
}

/** Checked by the agent's parser, but kept as a text. */
function parseMountOptions(text: string): string {
  ext3Filesystem.parameters.options.parse(text)
  return text
}
