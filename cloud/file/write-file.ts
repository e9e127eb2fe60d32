import { stringify } from 'yaml'
import type { Chap } from '../cloud.ts'
import type { Configuration, ConfiguredNode, WantedCloud } from '../configuration.ts'
import { formatSize } from '../sizes.ts'
import { addressRangeText, subnetText } from '../subnets.ts'
import type { FileItems } from './to-configuration.ts'
import type { CloudItem, NodeItem } from './values.ts'
import { vserverItem } from './vserver.ts'

/** The text of a file with this configuration; readFile returns the same. */
export function writeFile({ cluster, networks, nodes, clouds, vservers }: Configuration): string {
  const { serviceAddresses, replication } = networks
  const networkItems = {
    ...(serviceAddresses && { storage: { addresses: addressRangeText(serviceAddresses) } }),
    ...(replication && { replication: { subnet: subnetText(replication) } }),
  }
  const items: FileItems = {
    ...defined({ cluster }),
    ...(Object.keys(networkItems).length > 0 && { networks: networkItems }),
    ...(nodes.length > 0 && { nodes: nodes.map(nodeItem) }),
    clouds: clouds.map(cloudItem),
    ...(vservers.length > 0 && { vservers: vservers.map(vserverItem) }),
  }
  return stringify(items, { lineWidth: 0, flowCollectionPadding: false })
}

function nodeItem({ name, roles, initiator }: ConfiguredNode): NodeItem {
  return { name, ...defined({ roles, initiator }) }
}

function cloudItem(cloud: WantedCloud): CloudItem {
  const { name, sizeBytes, storageNodes, preferredVhosts, directory, mountOptions, state } = cloud
  return {
    name,
    ...defined({
      size: sizeBytes === undefined ? undefined : formatSize(sizeBytes),
      storage: storageNodes,
      vhosts: preferredVhosts,
      directory,
      options: mountOptions,
      state,
      initiators: cloud.moreInitiators,
      chap: cloud.chap === undefined || cloud.chap === 'none' ? cloud.chap : chapItem(cloud.chap),
      address: addressItem(cloud),
      volume_group: cloud.volumeGroup,
      minor: cloud.minor,
      iqn: cloud.iqn,
      tpgt: cloud.tpgt,
    }),
  }
}

function addressItem({ address, prefixLength }: WantedCloud): string | undefined {
  return address === undefined || prefixLength === undefined ? address : `${address}/${prefixLength}`
}

function chapItem({ initiator, target }: Chap): Exclude<CloudItem['chap'], 'none' | undefined> {
  return { ...initiator, ...defined({ mutual: target }) }
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

/** Without the undefined values: a key without a value would be read as empty. */
function defined<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>
}
