import { script } from '../../../system/nodes/script.ts'
import { type Fault, type Injection, unnoticed } from '../fault.ts'
import { commandOn, nameOf, on, wait } from '../lab.ts'
import { otherSide } from '../layout.ts'
import { moveExport } from '../spread.ts'

/* What operators do to a cluster in good health. */

const STANDBY = script`crm_attribute --node "$1" --name standby --update on && crm_resource --wait --timeout 240`
const ONLINE = script`crm_attribute --node "$1" --name standby --delete`
const MAINTENANCE = script`crm_attribute --name maintenance-mode --update "$1"`

/** A node is in standby for so long; its mounts are stopped for it. */
function standby(node: number, storages: readonly string[]): Injection {
  return {
    ...unnoticed(nameOf(node), async () => {
      await commandOn(node, STANDBY, nameOf(node))
      await wait(15)
      await on(node, ONLINE, nameOf(node))
    }),
    remounts: storages,
  }
}

export const operatorFaults: readonly Fault[] = [
  {
    name: 'the exporting node is put in standby, and back',
    layer: 'operator',
    inject: ({ layout, storage: { exporter } }) => standby(exporter, mountedOn(exporter, layout.storages)),
  },
  {
    name: 'the mounting node is put in standby, and back',
    layer: 'operator',
    inject: ({ layout, storage: { mounter } }) => standby(mounter, mountedOn(mounter, layout.storages)),
  },
  {
    name: 'the export is moved',
    layer: 'operator',
    inject: ({ storage }) => {
      const to = nameOf(otherSide(storage))
      return unnoticed(`${storage.name} to ${to}`, async () => {
        await moveExport(storage)
      })
    },
  },
  {
    name: 'maintenance mode for 45 s',
    layer: 'operator',
    inject: ({ layout }) => {
      const node = layout.nodes[0] ?? 1
      return unnoticed('the cluster', async () => {
        await on(node, MAINTENANCE, 'true')
        await wait(45)
        await on(node, MAINTENANCE, 'false')
      })
    },
  },
  {
    name: 'a clock is an hour ahead for 30 s',
    layer: 'operator',
    inject: ({ layout, random }) => {
      const node = random.oneOf(layout.nodes)
      return unnoticed(nameOf(node), async () => {
        await on(node, CLOCK, '3600')
        await wait(30)
        await on(node, CLOCK, '-3600')
      })
    },
  },
]

const CLOCK = script`date -s "@$(($(date +%s) + $1))"`

function mountedOn(node: number, storages: readonly { readonly name: string; readonly mounter: number }[]): string[] {
  return storages.filter(({ mounter }) => mounter === node).map(({ name }) => name)
}
