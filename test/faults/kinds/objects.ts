import { script } from '../../../system/nodes/script.ts'
import { type Fault, type Place, remounting, type Strike, unnoticed } from '../fault.ts'
import { nameOf, on, wait } from '../lab.ts'

/* Somebody removes or changes a part of a storage behind the cluster's back, once; nothing of it is mended. */

const REMOVE_LUN = script`
cd "/sys/kernel/config/target/iscsi/$1"
for link in tpgt_*/acls/*/lun_*/*; do [ ! -L "$link" ] || rm "$link"; done
rmdir tpgt_*/acls/*/lun_*
for link in tpgt_*/lun/lun_*/*; do [ ! -L "$link" ] || rm "$link"; done
rmdir tpgt_*/lun/lun_*`

const REMOVE_PORTAL = script`rmdir "/sys/kernel/config/target/iscsi/$1"/tpgt_*/np/*`

const DISABLE = script`for file in "/sys/kernel/config/target/iscsi/$1"/tpgt_*/enable; do echo 0 >"$file"; done`

const REMOVE_ADDRESS = script`
card=$(ip -brief address show to "$1" | cut -d ' ' -f 1)
ip address del "$1/24" dev "$card"`

const REMOVE_RECORD = script`rm -r "/etc/iscsi/nodes/$1"`

const LOG_OUT = script`iscsiadm -m session | awk -v iqn="$1" '$4 == iqn { gsub(/[][]/, "", $2); print $2 }' | while read -r id; do iscsiadm -m session -r "$id" -u; done`

const UNMOUNT = script`umount --lazy "$1"`

const DOWN = script`drbdadm down "$1"`

const DISCONNECT = script`drbdadm disconnect "$1"`

/** A script on the exporting node, which gets the target's name. */
function atTarget(name: string, text: typeof DISABLE): Fault {
  return {
    name,
    layer: 'object',
    strike: ({ storage: { name: storage, iqn, exporter } }) =>
      unnoticed(`${storage} on ${nameOf(exporter)}`, async () => {
        await on(exporter, text, iqn)
        await wait(20)
      }),
  }
}

/** The same on the mounting node, whose mount does not outlive it. */
function atMount(name: string, text: typeof DISABLE, value: 'iqn' | 'directory'): Fault {
  return {
    name,
    layer: 'object',
    strike: ({ storage }) =>
      remounting(storage.name, `${storage.name} on ${nameOf(storage.mounter)}`, async () => {
        await on(storage.mounter, text, storage[value])
        await wait(20)
      }),
  }
}

function onOtherSide({ storage: { name, sides, exporter } }: Place, text: typeof DOWN): Strike | undefined {
  const other = sides.find(node => node !== exporter)
  if (other === undefined) return undefined
  return unnoticed(`${name} on ${nameOf(other)}`, async () => {
    await on(other, text, name)
    await wait(20)
  })
}

export const objectFaults: readonly Fault[] = [
  atTarget('the LUN is removed', REMOVE_LUN),
  atTarget('the portal is removed', REMOVE_PORTAL),
  atTarget('the target portal group is disabled', DISABLE),
  {
    name: 'the address of the portal is removed',
    layer: 'object',
    strike: ({ storage: { name, address, exporter } }) =>
      unnoticed(`${name} on ${nameOf(exporter)}`, async () => {
        await on(exporter, REMOVE_ADDRESS, address)
        await wait(20)
      }),
  },
  {
    name: 'the node record of the target is removed',
    layer: 'object',
    strike: ({ storage: { name, iqn, mounter } }) =>
      unnoticed(`${name} on ${nameOf(mounter)}`, async () => {
        await on(mounter, REMOVE_RECORD, iqn)
        await wait(20)
      }),
  },
  atMount('the session is logged out', LOG_OUT, 'iqn'),
  atMount('the file system is unmounted', UNMOUNT, 'directory'),
  {
    name: "DRBD's secondary is taken down",
    layer: 'object',
    strike: place => onOtherSide(place, DOWN),
  },
  {
    name: 'DRBD is disconnected',
    layer: 'object',
    strike: place => onOtherSide(place, DISCONNECT),
  },
]
