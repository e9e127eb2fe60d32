import { LVM_CONFIG } from './lvm.ts'
import { runOn } from './remote.ts'
import type { System } from './system.ts'
import { parseVhacsConf, type VhacsConf } from './vhacs-conf.ts'

/** Settings of a node of the cluster. */
export async function nodeConf(system: System, node: string): Promise<VhacsConf> {
  const { stdout } = await runOn(system, node, ['cat', '/etc/vhacs.conf'], { looks: true })
  try {
    return parseVhacsConf(stdout)
  } catch (error) {
    if (error instanceof RangeError) throw new RangeError(`${node}: ${error.message}`, { cause: error })
    throw error
  }
}

/** First global address of a network interface, IPv4 if it has one. */
export async function interfaceAddress(system: System, node: string, interfaceName: string): Promise<string> {
  const { stdout } = await runOn(system, node, ['ip', '-json', 'address', 'show', 'dev', interfaceName], {
    looks: true,
  })
  const links: { addr_info?: { family: string; scope: string; local: string }[] }[] = JSON.parse(stdout)
  const addresses = links.flatMap(link => link.addr_info ?? []).filter(address => address.scope === 'global')
  const found = addresses.find(address => address.family === 'inet') ?? addresses[0]
  if (found === undefined)
    throw new Error(`${node}: interface ${interfaceName} has no address; see /etc/vhacs.conf there`)
  return found.local
}

/** The node's iSCSI initiator name, by which a target knows it. */
export async function initiatorName(system: System, node: string): Promise<string> {
  const { stdout } = await runOn(system, node, ['cat', '/etc/iscsi/initiatorname.iscsi'], { looks: true })
  const name = /^\s*InitiatorName\s*=\s*(\S+)/m.exec(stdout)?.[1]
  if (name === undefined) throw new Error(`${node}: no InitiatorName in /etc/iscsi/initiatorname.iscsi`)
  return name
}

/** Free and whole size of a volume group, in bytes. */
export interface Space {
  readonly freeBytes: number
  readonly sizeBytes: number
}

/** @throws ToolFailed, among others when the node has no such volume group. */
export async function spaceIn(system: System, node: string, volumeGroup: string): Promise<Space> {
  const report = ['--reportformat', 'json', '--units', 'b', '--nosuffix', '-o', 'vg_free,vg_size']
  const { stdout } = await runOn(system, node, ['vgs', ...report, ...LVM_CONFIG, volumeGroup], { looks: true })
  const parsed: { report: { vg: { vg_free: string; vg_size: string }[] }[] } = JSON.parse(stdout)
  const group = parsed.report[0]?.vg[0]
  if (group === undefined) throw new Error(`${node}: vgs says nothing of volume group ${volumeGroup}`)
  return { freeBytes: Number(group.vg_free), sizeBytes: Number(group.vg_size) }
}
