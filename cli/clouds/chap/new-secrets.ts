import { type NeededSecret, neededSecrets } from '../../../cloud/chap-files.ts'
import type { Cluster } from '../../../cloud/cib/read/cluster.ts'
import type { Cloud } from '../../../cloud/cloud.ts'
import { vhostsAmong } from '../../../cloud/node-attributes.ts'
import { existingFiles } from '../../../system/nodes/files/secret-files.ts'
import type { System } from '../../../system/system.ts'
import { allOf, type Step } from '../../run/steps.ts'
import { ifAvailable } from '../../run/unavailable.ts'
import { newChapSecret, removeSecretFile, writeSecretFile } from './secret-file.ts'

/** The nodes that the new secret of a cloud goes to. */
export interface NewSecret {
  readonly cloud: string
  readonly file: string
  /** The nodes that need it and are reachable. */
  readonly nodes: readonly string[]
  /** The vhosts that need it and are unreachable. */
  readonly absent: readonly string[]
}

/**
 * Plans where the generated secrets of clouds go. Reads only.
 * @throws RangeError where such a file exists already: it may be the secret of another cluster, or of a storage whose destruction
 * did not reach the node. Error for an unreachable storage node: after a failover to it, the export could not start.
 */
export async function planSecrets(
  system: System,
  clouds: readonly Cloud[],
  { nodes }: Pick<Cluster, 'nodes'>,
): Promise<NewSecret[]> {
  const needed = neededSecrets(clouds, vhostsAmong(nodes))
  const found = await filesOn(system, needed)
  const existing = [...found].flatMap(([node, files]) => (files ?? []).map(file => `${file} on ${node}`))
  if (existing.length > 0)
    throw new RangeError(
      `${existing.join(', ')} exists already: if no storage uses it any more, remove it, then try again; nothing was changed`,
    )
  return needed.map(({ cloud, file, nodes: needing }) => {
    const absent = needing.filter(node => found.get(node) === undefined)
    const lost = clouds.find(({ name }) => name === cloud)?.storageNodes.find(node => absent.includes(node))
    if (lost !== undefined)
      throw new Error(`${lost} is unreachable, and must get the CHAP secret of ${cloud}; nothing was changed`)
    return { cloud, file, nodes: needing.filter(node => !absent.includes(node)), absent }
  })
}

/** Those of the files that exist, by node; undefined for an unreachable node. Queries each node once. */
async function filesOn(system: System, needed: readonly NeededSecret[]) {
  const nodes = [...new Set(needed.flatMap(secret => secret.nodes))]
  const answers = nodes.map(async node => {
    const files = needed.filter(secret => secret.nodes.includes(node)).map(({ file }) => file)
    return [node, await ifAvailable(existingFiles(system, node, files))] as const
  })
  return new Map(await Promise.all(answers))
}

/** Writes a new secret on all nodes that need it and are reachable. */
export function writeSecretStep(system: System, { cloud, file, nodes }: NewSecret): Step {
  const secret = newChapSecret()
  return {
    name: `writing a CHAP secret for ${cloud} on ${nodes.join(', ')}`,
    run: () => allOf(nodes.map(node => writeSecretFile(system, node, file, `${secret}\n`))),
    undo: () => allOf(nodes.map(node => removeSecretFile(system, node, file))),
  }
}

/** What an operator must do about vhosts that the secret could not be copied to. */
export function absentNotes(secrets: readonly Pick<NewSecret, 'cloud' | 'absent'>[]): string[] {
  const nodes = [...new Set(secrets.flatMap(({ absent }) => absent))]
  return nodes.map(node => {
    const names = secrets.flatMap(({ cloud, absent }) => (absent.includes(node) ? [cloud] : []))
    const list = [...new Set(names)].join(',')
    return `${node} is unreachable and lacks the CHAP secret of ${list}: when it is back, run "vhacs storage --setchap ${list}"`
  })
}
