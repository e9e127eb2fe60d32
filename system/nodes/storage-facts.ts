import { LVM_CONFIG } from '../block/lvm.ts'
import { addressesIn } from '../drbd/config/config.ts'
import { resourceFile } from '../drbd/config/files.ts'
import { parseDrbdConfig } from '../drbd/config/syntax.ts'
import { parseAclInfo } from '../lio/acl-info.ts'
import { aclInfoPath, type TpgAddress } from '../lio/paths.ts'
import type { System } from '../system.ts'
import { listIn, lvmRows, numberIn, objectOf, parseJsonAnswer, textIn } from './json.ts'
import { runOn } from './ssh.ts'

/*
 * Facts about the parts of one storage, from the kernel and tools of a node. Each function runs one command on one node.
 */

const READ_ONLY = { looks: true, timeoutSeconds: 30 } as const

/** A logical volume: its path, size in bytes, and whether it is active. */
export async function volumeOn(system: System, node: string, volume: string) {
  const report = ['--reportformat', 'json', '--units', 'b', '--nosuffix', '-o', 'lv_path,lv_size,lv_active']
  const finished = await runOn(system, node, ['lvs', ...report, ...LVM_CONFIG, '--', volume], READ_ONLY)
  return parseJsonAnswer(finished, value => {
    const [found] = lvmRows(value, 'lv')
    if (found === undefined) throw new RangeError(`it does not list ${volume}`)
    return {
      path: textIn(found, 'lv_path'),
      sizeBytes: numberIn(found, 'lv_size'),
      isActive: textIn(found, 'lv_active') === 'active',
    }
  })
}

/**
 * Where DRBD of the node listens for the peer of a resource, as `address:port`; undefined when the resource's own file does not
 * contain it.
 */
export async function replicationAddress(system: System, node: string, resource: string): Promise<string | undefined> {
  const { stdout } = await runOn(system, node, ['cat', resourceFile(resource)], READ_ONLY)
  return addressesIn(parseDrbdConfig(stdout, resourceFile(resource)), node)[0]
}

/**
 * The SCSI identity of a mounted disk, such as `naa.6001405…`, which is the same wherever it is exported. Undefined for other
 * devices.
 */
export async function diskIdentity(system: System, node: string, device: string): Promise<string | undefined> {
  const name = device.slice(device.lastIndexOf('/') + 1)
  // findmnt may also show the name of a server
  if (!/^\w[\w.!-]*$/.test(name)) return undefined
  const path = `/sys/block/${name}/device/wwid`
  const { status, stdout } = await runOn(system, node, ['cat', path], { ...READ_ONLY, accepted: [0, 1] })
  return status === 0 ? stdout.trim() : undefined
}

/** The initiators that are logged in to a TPG on the node. */
export async function loggedInOn(
  system: System,
  node: string,
  { initiators, ...address }: TpgAddress & { readonly initiators: readonly string[] },
): Promise<string[]> {
  if (initiators.length === 0) return []
  const files = initiators.map(name => aclInfoPath(address, name))
  // 1: one of them does not exist
  const { stdout } = await runOn(system, node, ['cat', '--', ...files], { ...READ_ONLY, accepted: [0, 1] })
  return parseAclInfo(stdout)
}

/** What is mounted on a directory; undefined when nothing is. */
export async function mountOn(system: System, node: string, directory: string) {
  const command = ['findmnt', '--json', '--output', 'source,fstype,options', '--mountpoint', directory] as const
  const finished = await runOn(system, node, [...command], { ...READ_ONLY, accepted: [0, 1] })
  if (finished.status !== 0) return undefined
  return parseJsonAnswer(finished, value => {
    const [found] = listIn(objectOf(value), 'filesystems')
    return (
      found && { source: textIn(found, 'source'), fstype: textIn(found, 'fstype'), options: textIn(found, 'options') }
    )
  })
}
