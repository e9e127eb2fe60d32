import { LVM_CONFIG } from '../block/lvm.ts'
import { parseProcDrbd } from '../drbd/proc-drbd.ts'
import { INITIATOR_NAME_FILE, parseInitiatorName } from '../iscsi/initiator-name.ts'
import { Missing, type System } from '../system.ts'
import { runOn } from './ssh.ts'
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

/** All addresses of a node that reach further than its own links. */
export async function globalAddresses(system: System, node: string): Promise<string[]> {
  const { stdout } = await runOn(system, node, ['ip', '-json', 'address', 'show'], { looks: true })
  const links: { addr_info?: { scope: string; local: string }[] }[] = JSON.parse(stdout)
  return links.flatMap(link => link.addr_info ?? []).flatMap(({ scope, local }) => (scope === 'global' ? [local] : []))
}

/**
 * The node's iSCSI initiator name, by which a target knows it.
 * @throws Missing where the file has none, ToolFailed where it cannot be read.
 */
export async function initiatorNameOn(system: System, node: string): Promise<string> {
  const { stdout } = await runOn(system, node, ['cat', INITIATOR_NAME_FILE], { looks: true })
  const name = parseInitiatorName(stdout)
  if (name === undefined) throw new Missing(`${node}: no InitiatorName in ${INITIATOR_NAME_FILE}`)
  return name
}

/** Exit status of env and of a shell for a tool that is not there. */
const NO_TOOL = 127

/** Free and whole size, in bytes. */
export interface Space {
  readonly freeBytes: number
  readonly sizeBytes: number
}

/** How long a table waits for what a node has to say; that it is down shows sooner. */
export const NODE_TIMEOUT_SECONDS = 30

/** Of a volume group; undefined when the node has none of that name, or no LVM. @throws ToolFailed. */
export async function volumeGroupSpace(system: System, node: string, volumeGroup: string): Promise<Space | undefined> {
  const report = ['--reportformat', 'json', '--units', 'b', '--nosuffix', '-o', 'vg_free,vg_size']
  const which = ['--select', `vg_name=${volumeGroup}`]
  const options = { looks: true, accepted: [0, NO_TOOL], timeoutSeconds: NODE_TIMEOUT_SECONDS } as const
  const { status, stdout } = await runOn(system, node, ['vgs', ...report, ...LVM_CONFIG, ...which], options)
  if (status === NO_TOOL) return undefined
  const parsed: { report: { vg: { vg_free: string; vg_size: string }[] }[] } = JSON.parse(stdout)
  const group = parsed.report[0]?.vg[0]
  return group && { freeBytes: Number(group.vg_free), sizeBytes: Number(group.vg_size) }
}

/** Of a file system, in which free and used do not make up the whole: some is reserved for root. */
export interface MountedSpace extends Space {
  readonly usedBytes: number
}

/** That of the file systems that are mounted on these directories, by directory; of others nothing. */
export async function mountedSpace(
  system: System,
  node: string,
  directories: readonly string[],
): Promise<Map<string, MountedSpace>> {
  const command = ['df', '--block-size=1', '--output=avail,used,size,target', '--', ...directories] as const
  // 1: one of them is not there
  const options = { looks: true, accepted: [0, 1], timeoutSeconds: NODE_TIMEOUT_SECONDS } as const
  const { stdout } = await runOn(system, node, [...command], options)
  const lines = [...stdout.matchAll(/^ *(\d+) +(\d+) +(\d+) (\/.*)$/gm)]
  const spaces = lines.map(([, free, used, size, target = '']) => {
    return [target, { freeBytes: Number(free), usedBytes: Number(used), sizeBytes: Number(size) }] as const
  })
  // of a directory that is no mount point, df shows the file system that it lies in
  return new Map(spaces.filter(([target]) => directories.includes(target)))
}

/** Kernel, DRBD's module and Pacemaker with their versions, as `kernel 6.1.0-18-amd64`; what is not there is left out. */
export async function softwareVersions(system: System, node: string): Promise<string[]> {
  const options = { looks: true, accepted: [0, 1, NO_TOOL], timeoutSeconds: NODE_TIMEOUT_SECONDS } as const
  const [kernel, drbd, pacemaker] = await Promise.all([
    runOn(system, node, ['uname', '--kernel-release'], options),
    runOn(system, node, ['cat', '/proc/drbd'], options),
    runOn(system, node, ['crmadmin', '--version'], options),
  ])
  const found = [
    ['kernel', /^(\S+)/.exec(kernel.stdout)?.[1]],
    ['DRBD', drbd.status === 0 ? parseProcDrbd(drbd.stdout).version.text : undefined],
    ['Pacemaker', /^Pacemaker (\S+)/.exec(pacemaker.stdout)?.[1]],
  ] as const
  return found.flatMap(([name, version]) => (version === undefined ? [] : [`${name} ${version}`]))
}
