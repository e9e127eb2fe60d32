import { script } from '../../../system/nodes/script.ts'
import { type Fault, unnoticed } from '../fault.ts'
import { commandOn, nameOf, on, wait } from '../lab.ts'
import { otherSide, type Placed } from '../layout.ts'

/* The data disk below a side of DRBD, made bad by the device mapper: the volume's own table is replaced for a while. */

/** The name that the device mapper gives a volume of the group vhacs: dashes are doubled. */
const mapped = (volume: string) => `vhacs-${volume.replaceAll('-', '--')}`

/** A grown volume has a table of several lines. */
const FAIL = script`
sectors=$(blockdev --getsz "/dev/mapper/$1") && dmsetup table "$1" >/run/fault-table || exit 1
dmsetup suspend --nolockfs --noflush "$1"
echo "0 $sectors error" | dmsetup load "$1"
dmsetup resume "$1"`

/** A volume that was deactivated meanwhile gets its own table when it is activated. */
const RESTORE = script`
dmsetup info "$1" >/dev/null 2>&1 || exit 0
dmsetup suspend --nolockfs --noflush "$1"
dmsetup load "$1" </run/fault-table
dmsetup resume "$1"`

/** As an administrator does after the disk has been replaced or cured; an attached one stays as it is, and one that is down comes up by itself. */
const ATTACH = script`drbdadm attach "$1" || ! drbd-state | grep -qE "^ *$2: .*ds:(Diskless|Failed)/"`

const HANG = script`
dmsetup suspend --nolockfs --noflush "$1"
sleep "$2"
dmsetup resume "$1"`

/** Deleted files, which end with this script even if the node dies: one of what is free, without writing it, one of what is reserved for root. */
const FILL = script`
exec 3>/var/tmp/fault-fills 4>/var/tmp/fault-fills-the-rest
rm /var/tmp/fault-fills /var/tmp/fault-fills-the-rest
fallocate --length "$(df --block-size=1 --output=avail / | tail -n 1)" /proc/self/fd/3
dd if=/dev/zero bs=1M status=none >&4
sleep "$1"`

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
    await on(node, FAIL, mapped(name))
    await wait(30)
    await on(node, RESTORE, mapped(name))
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
        await commandOn(exporter, FILL, '60')
      }),
  },
]
