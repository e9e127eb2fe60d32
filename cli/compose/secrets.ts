import type { Cluster } from '../../cloud/cib/read/cluster.ts'
import type { Chap } from '../../cloud/cloud.ts'
import type { Configuration } from '../../cloud/configuration.ts'
import { vhostsAmong } from '../../cloud/node-attributes.ts'
import type { Problem } from '../../cloud/problem.ts'
import type { Resolution } from '../../cloud/resolve/resolve.ts'
import { secretFileProblems } from '../../system/nodes/files/secret-files.ts'
import type { System } from '../../system/system.ts'
import type { Inventory } from '../clouds/resolve/inventory.ts'

/** A file with the secret for a cloud, and its place in the file of clouds. */
interface Secret {
  readonly file: string
  readonly nodes: readonly string[]
  readonly path: Problem['path']
}

interface SecretContext {
  readonly inventory: Inventory
  readonly cluster: Cluster
  readonly wanted: Configuration
}

/**
 * What is wrong with the secret files of clouds, on those reachable nodes that newly need them because the CHAP of the cloud is new
 * or the node becomes a vhost. Without them a target or a session would not start.
 */
export async function secretProblems(
  system: System,
  { clouds, nodes }: Resolution,
  { inventory: { facts }, cluster, wanted }: SecretContext,
): Promise<Problem[]> {
  const reachable = new Set(facts.map(({ node }) => node))
  const indexes = new Map(wanted.clouds.map(({ name }, index) => [name, index]))
  const vhosts = nodes.filter(({ roles }) => roles.includes('vhost')).map(({ name }) => name)
  const presentVhosts = vhostsAmong(cluster.nodes)
  const secrets = clouds.flatMap(({ cloud, present }): Secret[] => {
    const isNew = JSON.stringify(cloud.chap) !== JSON.stringify(present?.chap)
    const all = [...new Set([...cloud.storageNodes, ...vhosts])]
    const needing = isNew ? all : vhosts.filter(node => !presentVhosts.includes(node))
    return filesIn(cloud.chap).map(({ file, key }) => ({
      file,
      nodes: needing.filter(node => reachable.has(node)),
      path: ['clouds', indexes.get(cloud.name) ?? 0, 'chap', ...key],
    }))
  })
  const faults = await faultsOn(system, secrets)
  return secrets.flatMap(({ file, nodes: needing, path }) =>
    needing.flatMap(node => {
      const fault = faults.get(node)?.get(file)
      return fault === undefined
        ? []
        : [
            {
              path,
              message: `${file} ${fault} on ${node}: it must hold the secret, and be owned by root with mode 600`,
            },
          ]
    }),
  )
}

/** Each node is queried once. */
async function faultsOn(system: System, secrets: readonly Secret[]): Promise<Map<string, Map<string, string>>> {
  const nodes = [...new Set(secrets.flatMap(secret => secret.nodes))]
  const faults = nodes.map(async node => {
    const files = new Set(secrets.filter(secret => secret.nodes.includes(node)).map(({ file }) => file))
    return [node, await secretFileProblems(system, node, [...files])] as const
  })
  return new Map(await Promise.all(faults))
}

/** A secret that is not in a file is kept by cibsecret(8). */
function filesIn(chap: Chap | undefined): { readonly file: string; readonly key: readonly string[] }[] {
  const secrets = [
    { file: chap?.initiator.secret, key: ['secret'] },
    { file: chap?.target?.secret, key: ['mutual', 'secret'] },
  ]
  return secrets.flatMap(({ file, key }) => (file?.startsWith('/') ? [{ file, key }] : []))
}
