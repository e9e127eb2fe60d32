import { type Script, script } from '../../../system/nodes/script.ts'
import { type Fault, remounting, unnoticed } from '../fault.ts'
import { nameOf, on, tryCommandOn, wait } from '../lab.ts'
import { otherSide, type Placed } from '../layout.ts'

/* Somebody removes or changes a part of a storage behind the cluster's back, once; the cluster has to mend it, or an operator with its own command. */

const REMOVE_LUN = script`
cd "/sys/kernel/config/target/iscsi/$1"
for link in tpgt_*/acls/*/lun_*/*; do [ ! -L "$link" ] || rm "$link"; done
rmdir tpgt_*/acls/*/lun_*
for link in tpgt_*/lun/lun_*/*; do [ ! -L "$link" ] || rm "$link"; done
rmdir tpgt_*/lun/lun_*`

const REMOVE_PORTAL = script`rmdir "/sys/kernel/config/target/iscsi/$1"/tpgt_*/np/*`

const DISABLE = script`for file in "/sys/kernel/config/target/iscsi/$1"/tpgt_*/enable; do echo 0 >"$file"; done`

/** Sessions are cut first: the kernel would answer a client that its disk is gone. */
const EMPTY_ACCESS_LIST = script`
cd "/sys/kernel/config/target/iscsi/$1" || exit 1
for file in tpgt_*/enable; do echo 0 >"$file"; done
for link in tpgt_*/acls/*/lun_*/*; do [ ! -L "$link" ] || rm "$link"; done
rmdir tpgt_*/acls/*/lun_* && rmdir tpgt_*/acls/*
for file in tpgt_*/enable; do echo 1 >"$file"; done`

const REMOVE_TARGET = script`
cd "/sys/kernel/config/target/iscsi/$1" || exit 1
for file in tpgt_*/enable; do echo 0 >"$file"; done
for link in tpgt_*/acls/*/lun_*/* tpgt_*/lun/lun_*/*; do [ ! -L "$link" ] || rm "$link"; done
rmdir tpgt_*/acls/*/lun_* && rmdir tpgt_*/acls/* tpgt_*/lun/lun_* tpgt_*/np/* && rmdir tpgt_* && cd .. && rmdir "$1"`

const REMOVE_ADDRESS = script`
interface=$(ip -brief address show to "$1" | cut -d ' ' -f 1)
ip address del "$1/24" dev "$interface"`

/** The mounting node has to ask again who has it. */
const TAKE_ADDRESS = script`
ip address add "$1/24" dev eth1
sleep 20
ip address del "$1/24" dev eth1`

const FORGET_NEIGHBOUR = script`ip neighbour flush to "$1"`

const REMOVE_RECORD = script`rm -r "/root/iscsi-database/nodes/$1"`

const LOG_OUT = script`iscsiadm -m session | awk -v iqn="$1" '$4 == iqn { gsub(/[][]/, "", $2); print $2 }' | while read -r id; do iscsiadm -m session -r "$id" -u; done`

const UNMOUNT = script`umount --lazy "$1"`

const DOWN = script`drbdadm down "$1"`

const DISCONNECT = script`drbdadm disconnect "$1"`
const CONNECT = script`vhacs storage --unfail "$1"`

interface Change {
  readonly text: Script
  /** The node whose object it is. */
  readonly nodeOf: (storage: Placed) => number
  /** What the script gets. */
  readonly value: 'name' | 'iqn' | 'address' | 'directory'
  /** Whether the mount ends with it. */
  readonly isRemounted?: true
}

const exporterOf = ({ exporter }: Placed) => exporter
const mounterOf = ({ mounter }: Placed) => mounter

function behindItsBack(name: string, { text, nodeOf, value, isRemounted }: Change): Fault {
  return {
    name,
    layer: 'object',
    inject: ({ storage }) => {
      const node = nodeOf(storage)
      const where = `${storage.name} on ${nameOf(node)}`
      const act = async () => {
        await on(node, text, storage[value])
        await wait(20)
      }
      return isRemounted ? remounting(storage.name, where, act) : unnoticed(where, act)
    },
  }
}

const addressTaken: Fault = {
  name: 'the address of the portal is taken by another node for 20 s',
  layer: 'network',
  inject: ({ storage }) => {
    const { address, mounter, exporter } = storage
    const other = otherSide(storage)
    return unnoticed(`${address} on ${nameOf(other)}`, async () => {
      const taken = on(other, TAKE_ADDRESS, address)
      await wait(2)
      if (mounter !== exporter && mounter !== other) await on(mounter, FORGET_NEIGHBOUR, address)
      await taken
    })
  },
}

/** DRBD may have dropped the other side for a reason, so that the cluster leaves it to an operator. */
const disconnected: Fault = {
  name: 'DRBD is disconnected, and connected by --unfail',
  layer: 'object',
  inject: ({ storage }) => {
    const node = otherSide(storage)
    return unnoticed(`${storage.name} on ${nameOf(node)}`, async () => {
      await on(node, DISCONNECT, storage.name)
      await wait(20)
      // it fails where it leaves a constraint to DRBD, which removes that after the resync
      await tryCommandOn(node, CONNECT, storage.name)
    })
  },
}

export const objectFaults: readonly Fault[] = [
  addressTaken,
  // the kernel answers at once that there is no such disk, which is an error for who uses it
  behindItsBack('the LUN is removed', { text: REMOVE_LUN, nodeOf: exporterOf, value: 'iqn', isRemounted: true }),
  behindItsBack('the portal is removed', { text: REMOVE_PORTAL, nodeOf: exporterOf, value: 'iqn' }),
  behindItsBack('the target portal group is disabled', { text: DISABLE, nodeOf: exporterOf, value: 'iqn' }),
  behindItsBack('the access list of the target is emptied', {
    ...{ text: EMPTY_ACCESS_LIST, nodeOf: exporterOf, value: 'iqn' },
  }),
  behindItsBack('the target is removed', { text: REMOVE_TARGET, nodeOf: exporterOf, value: 'iqn' }),
  behindItsBack('the address of the portal is removed', { text: REMOVE_ADDRESS, nodeOf: exporterOf, value: 'address' }),
  behindItsBack('the node record of the target is removed', { text: REMOVE_RECORD, nodeOf: mounterOf, value: 'iqn' }),
  behindItsBack('the session is logged out', { text: LOG_OUT, nodeOf: mounterOf, value: 'iqn', isRemounted: true }),
  behindItsBack('the file system is unmounted', {
    ...{ text: UNMOUNT, nodeOf: mounterOf, value: 'directory', isRemounted: true },
  }),
  behindItsBack("DRBD's secondary is taken down", { text: DOWN, nodeOf: otherSide, value: 'name' }),
  disconnected,
]
