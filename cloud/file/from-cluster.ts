import type { Cluster } from '../cib/read/cluster.ts'
import type { Cloud, Vserver } from '../cloud.ts'
import type { Configuration, Networks, WantedCloud, WantedVserver } from '../configuration.ts'
import { recordedInitiator, rolesIn } from '../node-attributes.ts'

/** Facts that a CIB does not record. */
interface UnrecordedFacts {
  readonly networks: Networks
  /** Initiator names that the nodes themselves report, by node. */
  readonly initiators: ReadonlyMap<string, string>
  /** Sizes in bytes, by cloud. */
  readonly sizes: ReadonlyMap<string, number>
}

/** A cluster's configuration. Applying it to the same cluster changes nothing. Only values that the nodes report are left open. */
export function configurationOf(cluster: Cluster, { networks, initiators, sizes }: UnrecordedFacts): Configuration {
  const nodes = cluster.nodes.map(({ name, attributes }) => ({
    name,
    roles: rolesIn(attributes),
    // left open if the node itself reports the same
    initiator: recordedInitiator(attributes) === initiators.get(name) ? undefined : recordedInitiator(attributes),
  }))
  const vhosts = nodes.filter(({ roles }) => roles.includes('vhost'))
  const ofVhosts = vhosts.flatMap(({ name, initiator }) => initiators.get(name) ?? initiator ?? [])
  return {
    cluster: cluster.name,
    networks,
    nodes,
    vservers: cluster.vservers.complete.map(wantedVserver),
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

/** Preferred vhosts are those of its cloud. */
function wantedVserver(vserver: Vserver): WantedVserver {
  return { ...vserver, address: vserver.address ?? 'none', preferredVhosts: undefined }
}
