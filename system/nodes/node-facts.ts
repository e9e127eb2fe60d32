import { LVM_CONFIG } from '../block/lvm.ts'
import { parseProcDrbd } from '../drbd/proc-drbd.ts'
import { INITIATOR_NAME_FILE, parseInitiatorName } from '../iscsi/initiator-name.ts'
import { parseInitiator } from '../iscsi/names.ts'
import { Missing, type System } from '../system.ts'
import { addressesOf, type NetworkAddress } from './addresses.ts'
import { parseAnswer } from './answer.ts'
import { parseVhacsConf, type VhacsConf } from './files/vhacs-conf.ts'
import { lvmRows, numberIn, parseJsonAnswer } from './json.ts'
import { COMMAND_NOT_FOUND, runOn } from './ssh.ts'

/** The settings in /etc/vhacs.conf of a node. @throws UnexpectedAnswer, naming the node, for a faulty file. */
export async function nodeConf(system: System, node: string): Promise<VhacsConf> {
  return parseAnswer(await runOn(system, node, ['cat', '/etc/vhacs.conf'], { looks: true }), parseVhacsConf)
}

/** The first global address of a network interface, IPv4 if it has one. */
export async function interfaceAddress(system: System, node: string, interfaceName: string): Promise<string> {
  const shown = await runOn(system, node, ['ip', '-json', 'address', 'show', 'dev', interfaceName], { looks: true })
  const addresses = parseJsonAnswer(shown, addressesOf).filter(({ scope }) => scope === 'global')
  const found = addresses.find(address => address.family === 'inet') ?? addresses[0]
  if (found === undefined)
    throw new Missing(`${node}: interface ${interfaceName} does not have an address: correct /etc/vhacs.conf there`)
  return found.local
}

/** All addresses of a node with global scope. */
export async function globalAddresses(system: System, node: string): Promise<string[]> {
  return (await globalNetworkAddresses(system, node)).map(({ local }) => local)
}

/** The same with the lengths of their prefixes. */
export async function globalNetworkAddresses(system: System, node: string): Promise<NetworkAddress[]> {
  const shown = await runOn(system, node, ['ip', '-json', 'address', 'show'], { looks: true })
  return parseJsonAnswer(shown, addressesOf).filter(({ scope }) => scope === 'global')
}

/**
 * The node's iSCSI initiator name, by which targets identify it, in lower case.
 * @throws Missing where the file does not contain a valid one, ToolFailed where it cannot be read.
 */
export async function initiatorNameOn(system: System, node: string): Promise<string> {
  const { stdout } = await runOn(system, node, ['cat', INITIATOR_NAME_FILE], { looks: true })
  const name = parseInitiatorName(stdout)
  if (name === undefined) throw new Missing(`${node}: no InitiatorName in ${INITIATOR_NAME_FILE}`)
  try {
    return parseInitiator(name)
  } catch (cause) {
    // every cloud's ACLs would contain it, and no target could start
    const message = `${node}: the InitiatorName ${JSON.stringify(name)} in ${INITIATOR_NAME_FILE} is not an iSCSI name: correct it there, and restart iscsid`
    throw new Missing(message, { cause })
  }
}

/** Free and total size, in bytes. */
export interface Space {
  readonly freeBytes: number
  readonly sizeBytes: number
}

/** How long a table waits for the facts of a node; an unreachable node is detected sooner. */
const NODE_TIMEOUT_SECONDS = 30

/** The space of a volume group; undefined when the node does not have the group, or LVM. @throws ToolFailed */
export async function volumeGroupSpace(system: System, node: string, volumeGroup: string): Promise<Space | undefined> {
  const report = ['--reportformat', 'json', '--units', 'b', '--nosuffix', '-o', 'vg_free,vg_size']
  const which = ['--select', `vg_name=${volumeGroup}`]
  const options = { looks: true, accepted: [0, COMMAND_NOT_FOUND], timeoutSeconds: NODE_TIMEOUT_SECONDS } as const
  const finished = await runOn(system, node, ['vgs', ...report, ...LVM_CONFIG, ...which], options)
  if (finished.status === COMMAND_NOT_FOUND) return undefined
  return parseJsonAnswer(finished, value => {
    const [group] = lvmRows(value, 'vg')
    return group && { freeBytes: numberIn(group, 'vg_free'), sizeBytes: numberIn(group, 'vg_size') }
  })
}

/** The space of a file system. Free and used do not add up to the size, because some is reserved for root. */
export interface MountedSpace extends Space {
  readonly usedBytes: number
}

/** The space of the file systems mounted on these directories, by directory; directories that are not mount points are left out. */
export async function mountedSpace(
  system: System,
  node: string,
  directories: readonly string[],
): Promise<Map<string, MountedSpace>> {
  const command = ['df', '--block-size=1', '--output=avail,used,size,target', '--', ...directories] as const
  // 1: one of them does not exist
  const options = { looks: true, accepted: [0, 1], timeoutSeconds: NODE_TIMEOUT_SECONDS } as const
  const { stdout } = await runOn(system, node, [...command], options)
  const lines = [...stdout.matchAll(/^ *(\d+) +(\d+) +(\d+) (\/.*)$/gm)]
  const spaces = lines.map(([, free, used, size, target = '']) => {
    return [target, { freeBytes: Number(free), usedBytes: Number(used), sizeBytes: Number(size) }] as const
  })
  // for a directory that is not a mount point, df shows the file system that contains it
  return new Map(spaces.filter(([target]) => directories.includes(target)))
}

/** Versions of kernel, DRBD's module and Pacemaker, such as `kernel 6.1.0-18-amd64`; missing ones are left out. */
export async function softwareVersions(system: System, node: string): Promise<string[]> {
  const options = { looks: true, accepted: [0, 1, COMMAND_NOT_FOUND], timeoutSeconds: NODE_TIMEOUT_SECONDS } as const
  const [kernel, drbd, pacemaker] = await Promise.all([
    runOn(system, node, ['uname', '--kernel-release'], options),
    runOn(system, node, ['cat', '/proc/drbd'], options),
    runOn(system, node, ['crmadmin', '--version'], options),
  ])
  const found = [
    ['kernel', /^(\S+)/.exec(kernel.stdout)?.[1]],
    ['DRBD', drbd.status === 0 ? drbdVersion(drbd.stdout) : undefined],
    ['Pacemaker', /^Pacemaker (\S+)/.exec(pacemaker.stdout)?.[1]],
  ] as const
  return found.flatMap(([name, version]) => (version === undefined ? [] : [`${name} ${version}`]))
}

/** Undefined for text that is not that of /proc/drbd: the other versions are still reported. */
function drbdVersion(text: string): string | undefined {
  try {
    return parseProcDrbd(text).version.text
  } catch (error) {
    if (error instanceof Error) return undefined
    throw error
  }
}
