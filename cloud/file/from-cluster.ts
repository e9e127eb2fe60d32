import type { Cluster } from '../cib/read-cluster.ts'
import type { Cloud } from '../cloud.ts'
import type { Configuration, Networks, WantedCloud } from '../configuration.ts'
import { INITIATOR_ATTRIBUTE, rolesIn } from '../node-attributes.ts'

/** What a CIB does not know. */
export interface UnrecordedFacts {
  readonly networks: Networks
  /** Initiator names that the nodes say, by node; only those that the CIB has are written. */
  readonly initiators: ReadonlyMap<string, string>
  /** Sizes in bytes, by cloud. */
  readonly sizes: ReadonlyMap<string, number>
}

/** The configuration that a cluster has, with nothing left open but what its nodes say themselves: held against it, nothing changes. */
export function configurationOf(cluster: Cluster, { networks, initiators, sizes }: UnrecordedFacts): Configuration {
  const nodes = cluster.nodes.map(({ name, attributes }) => ({
    name,
    roles: rolesIn(attributes),
    // what the node says itself may be left open
    initiator: attributes[INITIATOR_ATTRIBUTE] === initiators.get(name) ? undefined : attributes[INITIATOR_ATTRIBUTE],
  }))
  const vhosts = nodes.filter(({ roles }) => roles.includes('vhost'))
  const ofVhosts = vhosts.flatMap(({ name, initiator }) => initiators.get(name) ?? initiator ?? [])
  return {
    cluster: cluster.name,
    networks,
    nodes,
    clouds: cluster.clouds.map(cloud => wantedCloud(cloud, sizes.get(cloud.name), ofVhosts)),
  }
}

function wantedCloud(cloud: Cloud, sizeBytes: number | undefined, ofVhosts: readonly string[]): WantedCloud {
  const { initiators, chap, ...same } = cloud
  return {
    ...same,
    sizeBytes,
    chap: chap ?? 'none',
    moreInitiators: initiators.filter(name => !ofVhosts.includes(name)),
  }
}
