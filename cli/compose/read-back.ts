import type { Cluster } from '../../cloud/cib/read/cluster.ts'
import { configurationOf } from '../../cloud/file/from-cluster.ts'
import { writeFile } from '../../cloud/file/write-file.ts'
import { EMPTY_CONTEXT, type NodeFacts } from '../../cloud/resolve/context.ts'
import { valueAt } from '../../cloud/value-at.ts'
import { takeInventory } from '../clouds/resolve/inventory.ts'
import type { Call } from '../command/verb.ts'
import { printLines } from '../terminal/terminal.ts'
import { readSource, sourceOf } from './source.ts'

/** vhacs compose --read */
export async function printFile(call: Call): Promise<void> {
  const { system, terminal } = call
  const source = await sourceOf(call)
  const { cluster } = (await readSource({ system, terminal }, source)) ?? EMPTY_CONTEXT
  const { facts, unreachable } =
    source.kind === 'cluster' ? await takeInventory(system, cluster) : { facts: [], unreachable: [] }
  for (const { node, why } of unreachable) terminal.printError(`${node} could not be queried: ${why}`)
  for (const { place, why } of cluster.faults) terminal.printError(`${place} is left out: ${why}`)
  for (const { name, why } of [...cluster.incomplete, ...cluster.vservers.incomplete])
    terminal.printError(`${name} is left out, because it differs from what vhacs creates: ${why}`)
  const serviceAddresses = facts.find(found => found.serviceAddresses !== undefined)?.serviceAddresses
  const configuration = configurationOf(cluster, {
    networks: { serviceAddresses, replication: undefined },
    initiators: new Map(facts.flatMap(({ node, initiator }) => (initiator ? [[node, initiator]] : []))),
    sizes: sizesOf(cluster, facts),
  })
  printLines(terminal.print, writeFile(configuration).trimEnd())
}

/** The size of each cloud's volume, on the first of its nodes that is reachable. */
function sizesOf({ clouds }: Cluster, facts: readonly NodeFacts[]): Map<string, number> {
  const known = clouds.map(({ name, volumeGroup, storageNodes }) => {
    const groups = facts.filter(({ node }) => storageNodes.includes(node)).flatMap(({ volumeGroups }) => volumeGroups)
    const sizes = groups.flatMap(group => (group.name === volumeGroup ? (valueAt(group.volumes, name) ?? []) : []))
    return [name, sizes[0]] as const
  })
  return new Map(known.flatMap(([name, sizeBytes]) => (sizeBytes === undefined ? [] : [[name, sizeBytes]])))
}
