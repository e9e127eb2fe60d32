import type { Cluster } from '../../cib/read/cluster.ts'
import { vserverNames } from '../../cib/read/vservers.ts'
import type { Configuration, WantedCloud, WantedVserver } from '../../configuration.ts'
import { MOUNT_OPTIONS } from '../new-cloud.ts'
import { withoutNosuid } from './nosuid.ts'

/**
 * The configuration in which clouds have what its vservers want of them, where their own entries leave it open: the vhosts that these
 * prefer, and a mount without `nosuid`. A cloud that has vservers already keeps its options.
 */
export function withWishes(configuration: Configuration, cluster: Cluster): Configuration {
  const { clouds, vservers } = configuration
  if (vservers.length === 0) return configuration
  const ofCloud = Map.groupBy(vservers, ({ cloud }) => cloud)
  return { ...configuration, clouds: clouds.map(cloud => wished(cloud, ofCloud.get(cloud.name) ?? [], cluster)) }
}

function wished(cloud: WantedCloud, vservers: readonly WantedVserver[], cluster: Cluster): WantedCloud {
  if (vservers.length === 0) return cloud
  const preferring = vservers.find(({ preferredVhosts }) => preferredVhosts !== undefined)
  return {
    ...cloud,
    preferredVhosts: cloud.preferredVhosts ?? preferring?.preferredVhosts,
    mountOptions: cloud.mountOptions ?? mountOptions(cloud.name, cluster),
  }
}

function mountOptions(name: string, { clouds, repairable, vservers }: Cluster): string | undefined {
  if (vserverNames(vservers, name).length > 0) return undefined
  const present = [...clouds, ...repairable].find(cloud => cloud.name === name)
  return withoutNosuid(present?.mountOptions ?? MOUNT_OPTIONS)
}
