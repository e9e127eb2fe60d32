import { script } from '../../../system/nodes/script.ts'
import { type Fault, unnoticed } from '../fault.ts'
import { nameOf, on, wait } from '../lab.ts'
import { otherSide, type Placed } from '../layout.ts'

/* The data disk below a side of DRBD, made bad by the device mapper: the volume's own table is replaced for a while. */

/** The name that the device mapper gives a volume of the group vhacs: dashes are doubled. */
const mapped = (volume: string) => `vhacs-${volume.replaceAll('-', '--')}`

const FAIL = script`
table=$(dmsetup table "$1")
set -- "$1" $table
dmsetup suspend --nolockfs --noflush "$1"
echo "$2 $3 error" | dmsetup load "$1"
dmsetup resume "$1"
echo "$*"`

const RESTORE = script`
name=$1
shift
dmsetup suspend --nolockfs --noflush "$name"
echo "$*" | dmsetup load "$name"
dmsetup resume "$name"`

/** As an administrator does after the disk has been replaced or cured; an attached one stays as it is. */
const ATTACH = script`drbdadm attach "$1" || drbd-state | grep -qE "^ *$2: .*ds:[^D/]*/"`

const HANG = script`
dmsetup suspend --nolockfs --noflush "$1"
sleep "$2"
dmsetup resume "$1"`

const FILL = script`
file=/var/tmp/fault-fills
dd if=/dev/zero of=$file bs=1M status=none
sleep "$1"
rm -f $file`

const SIDES = {
  exporting: ({ exporter }: Placed) => exporter,
  other: otherSide,
} as const

/** A fault of the data disk, on either side. */
function onEachSide(happens: string, act: (storage: Placed, node: number) => Promise<void>): Fault[] {
  return Object.entries(SIDES).map(([side, nodeOf]) => ({
    name: `the data disk of the ${side} side ${happens}`,
    layer: 'disk',
    inject: ({ storage }) => {
      const node = nodeOf(storage)
      return unnoticed(`${storage.name} on ${nameOf(node)}`, async () => act(storage, node))
    },
  }))
}

export const diskFaults: readonly Fault[] = [
  ...onEachSide('returns errors for 30 s', async ({ name, minor }, node) => {
    const [device = '', ...table] = (await on(node, FAIL, mapped(name))).trim().split(' ')
    await wait(30)
    await on(node, RESTORE, device, ...table)
    await on(node, ATTACH, name, String(minor))
  }),
  ...onEachSide('hangs for 15 s', async ({ name }, node) => {
    await on(node, HANG, mapped(name), '15')
  }),
  {
    name: 'the root file system of the exporting node is full for 60 s',
    layer: 'disk',
    inject: ({ storage: { exporter } }) =>
      unnoticed(nameOf(exporter), async () => {
        await on(exporter, FILL, '60')
      }),
  },
]
