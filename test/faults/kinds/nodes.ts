import { descendants, elementIn } from '../../../cloud/xml.ts'
import { script } from '../../../system/nodes/script.ts'
import { ending, type Fault, type Place } from '../fault.ts'
import { MONITOR } from '../health.ts'
import { becomes, lab, nameOf, on, tryOn, wait } from '../lab.ts'
import { KILL } from './daemons.ts'

/* Nodes that die, hang and come back. The campaign lets them join the cluster again afterwards. */

const REBOOT = script`systemctl reboot`

/** Cuts a node's power, and gives it back after so many seconds. */
async function cutPower(node: number, seconds: number): Promise<void> {
  await lab('kill', node)
  await wait(seconds)
  await lab('boot', node)
}

/** How often a node has been fenced, as far as the cluster remembers. */
function fencingsIn(monitor: string, node: string): number {
  const events = descendants(elementIn(monitor), 'fence_event')
  return events.filter(({ attributes }) => attributes.target === node && attributes.status === 'success').length
}

function onlyMounts({ layout, storage }: Place): boolean {
  return layout.storages.every(({ exporter }) => exporter !== storage.mounter)
}

export const nodeFaults: readonly Fault[] = [
  {
    name: 'the exporting node is killed',
    layer: 'node',
    inject: ({ storage: { exporter } }) => ending([exporter], nameOf(exporter), async () => cutPower(exporter, 30)),
  },
  {
    name: 'the mounting node is killed',
    layer: 'node',
    inject: place => {
      const { mounter } = place.storage
      return onlyMounts(place) ? ending([mounter], nameOf(mounter), async () => cutPower(mounter, 30)) : undefined
    },
  },
  {
    name: 'a node without a part of a storage is killed',
    layer: 'node',
    inject: ({ layout }) => {
      const used = layout.storages.flatMap(({ exporter, mounter }) => [exporter, mounter])
      const spare = layout.nodes.find(node => !used.includes(node))
      return spare === undefined ? undefined : ending([spare], nameOf(spare), async () => cutPower(spare, 30))
    },
  },
  {
    name: 'the exporting node hangs, until it has been fenced and its watchdog resets it',
    layer: 'node',
    inject: ({ storage: { exporter }, layout }) =>
      ending([exporter], nameOf(exporter), async () => {
        const other = layout.nodes.find(node => node !== exporter) ?? 1
        const fencings = async () => fencingsIn(await on(other, MONITOR), nameOf(exporter))
        const before = await fencings()
        await lab('pause', exporter)
        const isFenced = await becomes(180, async () => (await fencings()) > before)
        // an emulated node that stands still has no watchdog, either
        await lab('reset', exporter)
        if (!isFenced) throw new Error(`${nameOf(exporter)} hung, and was not fenced`)
      }),
  },
  {
    name: 'the exporting node is rebooted in good order',
    layer: 'node',
    inject: ({ storage: { exporter } }) =>
      ending([exporter], nameOf(exporter), async () => {
        await tryOn(exporter, REBOOT)
        await wait(60)
      }),
  },
  {
    name: 'the exporting node is off for three minutes',
    layer: 'node',
    inject: ({ storage: { exporter } }) => ending([exporter], nameOf(exporter), async () => cutPower(exporter, 180)),
  },
  {
    name: 'two nodes are killed, and come back in the other order',
    layer: 'node',
    inject: ({ layout, storage: { sides } }) =>
      ending(
        layout.nodes.filter(node => sides.includes(node)),
        sides.map(nameOf).join(' and '),
        async () => {
          for (const node of sides) await lab('kill', node)
          for (const node of sides.toReversed()) {
            await lab('boot', node)
            await wait(20)
          }
        },
      ),
  },
  {
    name: 'the exporting node is killed, and iscsid of the mounting node during the failover',
    layer: 'node',
    inject: ({ storage: { exporter, mounter } }) =>
      exporter === mounter
        ? undefined
        : ending([exporter], `${nameOf(exporter)}, ${nameOf(mounter)}`, async () => {
            await lab('kill', exporter)
            await wait(25)
            await on(mounter, KILL, 'iscsid')
            await wait(20)
            await lab('boot', exporter)
          }),
  },
]
