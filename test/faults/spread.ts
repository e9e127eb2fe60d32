import { script } from '../../system/nodes/script.ts'
import { healthFindings } from './health.ts'
import { becomes, commandOn, nameOf } from './lab.ts'
import { type Layout, otherSide, type Placed, readLayout } from './layout.ts'
import type { Random } from './random.ts'

const MOVE = script`
crm_resource --resource "$1-export" --move --node "$2" && crm_resource --wait --timeout 240
crm_resource --resource "$1-export" --clear`

/** As an operator moves it: its mount notices nothing. @throws Error if a command fails. */
export async function moveExport(storage: Placed): Promise<void> {
  await commandOn(storage.exporter, MOVE, storage.name, nameOf(otherSide(storage)))
}

const WELL_SECONDS = 240

/**
 * Moves exports away from their mounts in three of four cases: nothing moves back by itself after a failover, so that on two nodes both would
 * stay together, and the death of that node would end all that is watched.
 * @throws Error if the cluster is not well afterwards.
 */
export async function spread(layout: Layout, random: Random): Promise<Layout> {
  const { nodes, storages } = layout
  const moved = storages.filter(({ exporter, mounter }) => random.below(4) > 0 && exporter === mounter)
  if (moved.length === 0) return layout
  for (const storage of moved) await moveExport(storage)
  if (!(await becomes(WELL_SECONDS, async () => (await healthFindings(nodes)).length === 0)))
    throw new Error(`not well after exports were moved: ${(await healthFindings(nodes)).join('; ')}`)
  return readLayout(nodes)
}
