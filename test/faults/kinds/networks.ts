import { script } from '../../../system/nodes/script.ts'
import { ending, type Fault, unnoticed } from '../fault.ts'
import { lab, nameOf, on, wait } from '../lab.ts'

const STORAGE = 'eth1'
const HEARTBEAT = 'eth2'
const REPLICATION = 'eth3'

async function unplug(node: number, interfaces: readonly string[], seconds: number): Promise<void> {
  for (const one of interfaces) await lab('net', node, one, 'off')
  await wait(seconds)
  for (const one of interfaces) await lab('net', node, one, 'on')
}

const DROP = script`
printf 'table inet fault { chain deaf { type filter hook input priority 0; iifname "%s" drop; }; }' "$1" | nft -f - || exit 1
sleep "$2"
nft delete table inet fault`

/** A node hears nothing on an interface, and is heard. */
async function deafen(node: number, networkInterface: string, seconds: number): Promise<void> {
  await on(node, DROP, networkInterface, String(seconds))
}

export const networkFaults: readonly Fault[] = [
  {
    name: 'the storage cable of the exporting node is pulled for 20 s',
    layer: 'network',
    inject: ({ storage: { exporter } }) => unnoticed(nameOf(exporter), async () => unplug(exporter, [STORAGE], 20)),
  },
  {
    name: 'the storage cable of the exporting node is pulled for 90 s',
    layer: 'network',
    inject: ({ storage: { exporter } }) => unnoticed(nameOf(exporter), async () => unplug(exporter, [STORAGE], 90)),
  },
  {
    name: 'the storage cable of the mounting node is pulled for 30 s',
    layer: 'network',
    inject: ({ storage: { mounter } }) => unnoticed(nameOf(mounter), async () => unplug(mounter, [STORAGE], 30)),
  },
  {
    name: 'a heartbeat cable is pulled for 60 s',
    layer: 'network',
    inject: ({ layout, random }) => {
      const node = random.oneOf(layout.nodes)
      return unnoticed(nameOf(node), async () => unplug(node, [HEARTBEAT], 60))
    },
  },
  {
    name: 'the replication cable is pulled for 60 s',
    layer: 'network',
    inject: ({ storage: { sides }, random }) => {
      const node = random.oneOf(sides)
      return unnoticed(nameOf(node), async () => unplug(node, [REPLICATION], 60))
    },
  },
  {
    name: 'the replication cable has a bad contact: five times off for 4 s and on for 6 s',
    layer: 'network',
    inject: ({ storage: { sides }, random }) => {
      const node = random.oneOf(sides)
      return unnoticed(nameOf(node), async () => {
        for (let time = 0; time < 5; time += 1) {
          await unplug(node, [REPLICATION], 4)
          await wait(6)
        }
      })
    },
  },
  {
    name: 'one way: a side hears nothing of the replication for 40 s',
    layer: 'network',
    inject: ({ storage: { sides }, random }) => {
      const node = random.oneOf(sides)
      return unnoticed(nameOf(node), async () => deafen(node, REPLICATION, 40))
    },
  },
  {
    name: 'one way: the exporting node hears nothing from the storage network for 15 s',
    layer: 'network',
    inject: ({ storage: { exporter } }) => unnoticed(nameOf(exporter), async () => deafen(exporter, STORAGE, 15)),
  },
  {
    name: 'both cluster links of the exporting node are cut',
    layer: 'network',
    inject: ({ storage: { exporter, mounter }, layout }) =>
      exporter === mounter || layout.storages.some(one => one.mounter === exporter)
        ? undefined
        : ending([exporter], nameOf(exporter), async () => unplug(exporter, [STORAGE, HEARTBEAT], 60)),
  },
]
