import type { Chap } from '../../cloud/cloud.ts'
import type { Configuration } from '../../cloud/configuration.ts'
import type { Problem } from '../../cloud/problem.ts'
import type { Resolution } from '../../cloud/resolve/resolve.ts'
import { secretFileProblems } from '../../system/nodes/secret-files.ts'
import type { System } from '../../system/system.ts'
import type { Inventory } from '../clouds/resolve/inventory.ts'

/** A file with a secret that a cloud is to get, and its place in the file of clouds. */
interface Secret {
  readonly file: string
  readonly nodes: readonly string[]
  readonly path: Problem['path']
}

/**
 * What is wrong with the secret files of clouds whose CHAP is new, on those reachable nodes that need them: without them a
 * target or a session would not start.
 */
export async function secretProblems(
  system: System,
  { clouds, nodes }: Resolution,
  { facts }: Inventory,
  wanted: Configuration,
): Promise<Problem[]> {
  const reachable = new Set(facts.map(({ node }) => node))
  const indexes = new Map(wanted.clouds.map(({ name }, index) => [name, index]))
  const vhosts = nodes.filter(({ roles }) => roles.includes('vhost')).map(({ name }) => name)
  const secrets = clouds.flatMap(({ cloud, present }): Secret[] => {
    if (JSON.stringify(cloud.chap) === JSON.stringify(present?.chap)) return []
    const needing = [...new Set([...cloud.storageNodes, ...vhosts])]
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

/** A secret that is not in a file is one of cibsecret(8). */
function filesIn(chap: Chap | undefined): { readonly file: string; readonly key: readonly string[] }[] {
  const secrets = [
    { file: chap?.initiator.secret, key: ['secret'] },
    { file: chap?.target?.secret, key: ['mutual', 'secret'] },
  ]
  return secrets.flatMap(({ file, key }) => (file?.startsWith('/') ? [{ file, key }] : []))
}
