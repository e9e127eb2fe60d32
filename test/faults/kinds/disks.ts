import { script } from '../../../system/nodes/script.ts'
import { type Fault, unnoticed } from '../fault.ts'
import { nameOf, on, wait } from '../lab.ts'

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
const ATTACH = script`drbdadm attach "$1" || grep -qE "^ *$2: .*ds:[^D/]*/" /proc/drbd`

const HANG = script`
dmsetup suspend --nolockfs --noflush "$1"
sleep "$2"
dmsetup resume "$1"`

const FILL = script`
file=/var/tmp/fault-fills
dd if=/dev/zero of=$file bs=1M status=none
sleep "$1"
rm -f $file`

export const diskFaults: readonly Fault[] = [
  ...(['exporting', 'other'] as const).map(
    (side): Fault => ({
      name: `the data disk of the ${side} side returns errors for 30 s`,
      layer: 'disk',
      strike: ({ storage: { name, minor, sides, exporter } }) => {
        const node = side === 'exporting' ? exporter : sides.find(one => one !== exporter)
        if (node === undefined) return undefined
        return unnoticed(`${name} on ${nameOf(node)}`, async () => {
          const [device, ...table] = (await on(node, FAIL, mapped(name))).trim().split(' ')
          await wait(30)
          await on(node, RESTORE, device ?? '', ...table)
          await on(node, ATTACH, name, String(minor))
        })
      },
    }),
  ),
  ...(['exporting', 'other'] as const).map(
    (side): Fault => ({
      name: `the data disk of the ${side} side hangs for 15 s`,
      layer: 'disk',
      strike: ({ storage: { name, sides, exporter } }) => {
        const node = side === 'exporting' ? exporter : sides.find(one => one !== exporter)
        if (node === undefined) return undefined
        return unnoticed(`${name} on ${nameOf(node)}`, async () => {
          await on(node, HANG, mapped(name), '15')
        })
      },
    }),
  ),
  {
    name: 'the root file system of the exporting node is full for 60 s',
    layer: 'disk',
    strike: ({ storage: { exporter } }) =>
      unnoticed(nameOf(exporter), async () => {
        await on(exporter, FILL, '60')
      }),
  },
]
