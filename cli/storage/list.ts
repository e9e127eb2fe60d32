import Table from 'cli-table3'
import type { Cloud } from '../../cloud/cloud.ts'
import { resourceIds } from '../../cloud/names.ts'
import { readCib } from '../../cloud/read-cib.ts'
import type { ActiveResource } from '../../cloud/read-monitor.ts'
import { queryCib } from '../../system/cluster.ts'
import type { System } from '../../system/system.ts'
import type { Print } from '../steps.ts'
import { activeResources } from './running.ts'

/** Prints a line for each cloud: where its data are, (P)rimary and (S)econdary, who exports it and who has it mounted. */
export async function listClouds(system: System, print: Print): Promise<void> {
  const [cib, resources] = await Promise.all([queryCib(system), activeResources(system)])
  const { clouds, incomplete } = readCib(cib)
  const table = new Table({
    head: ['STORAGE', 'DRBD:0', 'DRBD:1', 'TARGET', 'ADDRESS', 'MOUNTED ON', 'DIRECTORY'],
    style: { head: [], border: [] },
  })
  table.push(...clouds.map(cloud => row(cloud, resources)))
  print(table.toString())
  for (const { name, why } of incomplete) print(`${name} is not as vhacs made it: ${why}`)
}

function row(cloud: Cloud, resources: readonly ActiveResource[]): string[] {
  const { drbd, target, filesystem } = resourceIds(cloud.name)
  const nodeOf = (id: string) => resources.find(resource => resource.id === id)?.node ?? '-'
  const side = (node: string) => {
    const role = resources.find(resource => resource.id === drbd && resource.node === node)?.role
    return `(${role === 'Promoted' ? 'P' : role === undefined ? '-' : 'S'})${node}`
  }
  const [first, second] = cloud.storageNodes
  return [cloud.name, side(first), side(second), nodeOf(target), cloud.address, nodeOf(filesystem), cloud.directory]
}
