import { LVM_CONFIG } from '../block/lvm.ts'
import { addressesIn } from '../drbd/config/config.ts'
import { resourceFile } from '../drbd/config/files.ts'
import { parseDrbdConfig } from '../drbd/config/syntax.ts'
import type { Json } from '../json.ts'
import { parseAclInfo } from '../lio/acl-info.ts'
import { aclInfoPath, type TpgAddress } from '../lio/paths.ts'
import type { System } from '../system.ts'
import { listIn, lvmRows, numberIn, objectOf, parseJsonAnswer, textIn } from './json.ts'
import { runScriptOn, script } from './script.ts'
import { runOn } from './ssh.ts'

/*
 * Facts about the parts of storages, from the kernel and tools of a node. Each function runs one command on one node.
 */

const READ_ONLY = { looks: true, timeoutSeconds: 30 } as const

/** A logical volume. */
export interface VolumeFacts {
  readonly path: string
  readonly sizeBytes: number
  readonly isActive: boolean
}

const LVS = ['lvs', '--reportformat', 'json', '--units', 'b', '--nosuffix', '-o', 'lv_path,lv_size,lv_active'] as const

/** A logical volume, by a name like `vhacs/c0`. */
export async function volumeOn(system: System, node: string, volume: string): Promise<VolumeFacts> {
  const finished = await runOn(system, node, [...LVS, ...LVM_CONFIG, '--', volume], READ_ONLY)
  return parseJsonAnswer(finished, value => {
    const [found] = lvmRows(value, 'lv')
    if (found === undefined) throw new RangeError(`it does not list ${volume}`)
    return volumeFacts(found)
  })
}

/** All logical volumes of a node, by such names. */
export async function volumesOn(system: System, node: string): Promise<ReadonlyMap<string, VolumeFacts>> {
  const finished = await runOn(system, node, [...LVS, ...LVM_CONFIG], READ_ONLY)
  return parseJsonAnswer(finished, value => {
    const found = lvmRows(value, 'lv').map(volumeFacts)
    return new Map(found.map(facts => [facts.path.replace(/^\/dev\//, ''), facts]))
  })
}

function volumeFacts(row: Json): VolumeFacts {
  return {
    path: textIn(row, 'lv_path'),
    sizeBytes: numberIn(row, 'lv_size'),
    isActive: textIn(row, 'lv_active') === 'active',
  }
}

/**
 * Where DRBD of the node listens for the peer of a resource, as `address:port`; undefined when the resource's own file does not
 * contain it.
 */
export async function replicationAddress(system: System, node: string, resource: string): Promise<string | undefined> {
  const { stdout } = await runOn(system, node, ['cat', resourceFile(resource)], READ_ONLY)
  return addressesIn(parseDrbdConfig(stdout, resourceFile(resource)), node)[0]
}

/** The same for all resources that have a file in /etc/drbd.d, by name. */
export async function replicationAddresses(system: System, node: string): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await runScriptOn(system, node, { text: CAT_RESOURCES, values: [], ...READ_ONLY })
  const resources = parseDrbdConfig(stdout, RESOURCE_FILES).filter(({ words }) => words[0] === 'resource')
  return new Map(
    resources.flatMap(resource => {
      const [address] = addressesIn([resource], node)
      return address === undefined ? [] : [[resource.words[1] ?? '', address] as const]
    }),
  )
}

const RESOURCE_FILES = resourceFile('*')
const CAT_RESOURCES = script`cat ${RESOURCE_FILES}`

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

/** A mount, as findmnt shows it. */
export interface MountFacts {
  readonly source: string
  readonly fstype: string
  readonly options: string
}

/** All mounts of a node, by their directories; of several on one, the last. */
export async function mountsOn(system: System, node: string): Promise<ReadonlyMap<string, MountFacts>> {
  const command = ['findmnt', '--json', '--list', '--output', 'target,source,fstype,options'] as const
  const finished = await runOn(system, node, [...command], READ_ONLY)
  return parseJsonAnswer(finished, value => {
    const found = listIn(objectOf(value), 'filesystems').filter(({ source }) => typeof source === 'string')
    return new Map(found.map(row => [textIn(row, 'target'), mountFacts(row)]))
  })
}

function mountFacts(row: Json): MountFacts {
  return { source: textIn(row, 'source'), fstype: textIn(row, 'fstype'), options: textIn(row, 'options') }
}

/** What is mounted on a directory; undefined when nothing is. */
export async function mountOn(system: System, node: string, directory: string): Promise<MountFacts | undefined> {
  const command = ['findmnt', '--json', '--output', 'source,fstype,options', '--mountpoint', directory] as const
  const finished = await runOn(system, node, [...command], { ...READ_ONLY, accepted: [0, 1] })
  if (finished.status !== 0) return undefined
  return parseJsonAnswer(finished, value => {
    const [found] = listIn(objectOf(value), 'filesystems')
    return found && mountFacts(found)
  })
}
