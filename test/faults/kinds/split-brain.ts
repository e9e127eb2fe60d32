import { script } from '../../../system/nodes/script.ts'
import { type Fault, remounting } from '../fault.ts'
import { becomes, commandOn, nameOf, on } from '../lab.ts'
import { otherSide } from '../layout.ts'

const STANDBY = script`vhacs storage --standby "$1"`

/** Without fencing, so that no handler decides whether this side may be promoted. */
const WRITE_ONE_SIDE = script`
set -e
rm -rf /run/split
cp -a /etc/drbd.d /run/split
sed -i '/fencing/d; /fence-peer/d' "/run/split/$1.res"
unshare --mount bash -c 'mount --bind /run/split /etc/drbd.d && lvchange --activate y "vhacs/$1" &&
    drbdadm up "$1" && drbdadm disconnect "$1"; drbdadm primary --force "$1"' write "$1"
mount "$(drbdadm sh-dev "$1")" /mnt
uname -n >/mnt/written-alone
umount /mnt
drbdadm down "$1"
lvchange --activate n "vhacs/$1"
rm -r /run/split`

/** It cannot be mounted during a split brain, so the command waits. */
const ACTIVATE = script`nohup vhacs storage --active "$1" >/run/split-active 2>&1 </dev/null &`

const SHOWN = script`vhacs storage --info "$1"`

const DISCARD = script`vhacs storage --unfail "$1" --discard "$2" --yes && vhacs storage --active "$1"`

/** Nothing that was acknowledged is discarded: only the marks that were written to each side without the other. */
export const splitBrainFaults: readonly Fault[] = [
  {
    name: 'a split brain is made by hand, and resolved by --unfail --discard',
    layer: 'operator',
    inject: ({ storage }) => {
      const { name, exporter } = storage
      const other = otherSide(storage)
      return remounting(name, `${name}, changes of ${nameOf(other)} discarded`, async () => {
        await commandOn(exporter, STANDBY, name)
        for (const side of [exporter, other]) await commandOn(side, WRITE_ONE_SIDE, name)
        await on(exporter, ACTIVATE, name)
        const isShown = async () => (await on(exporter, SHOWN, name)).includes('SPLIT BRAIN')
        if (!(await becomes(120, isShown))) throw new Error('storage --info does not show the split brain')
        await commandOn(exporter, DISCARD, name, nameOf(other))
      })
    },
  },
]
