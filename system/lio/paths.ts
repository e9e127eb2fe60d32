import { mount } from '../proc/mountinfo.ts'
import { ifPresent, runToSuccess, type System } from '../system.ts'

/*
 * The paths of LIO, the kernel's SCSI target, in configfs. targetcli is never used: it takes a lock, reloads the whole tree at
 * each call and saves a state that is restored at boot, on the wrong node.
 * @see https://docs.kernel.org/target/tcm_mod_builder.html and the kernel's drivers/target
 */

export const TARGET_ROOT = '/sys/kernel/config/target'
export const CORE = `${TARGET_ROOT}/core`
export const ISCSI = `${TARGET_ROOT}/iscsi`

/** One LUN of one target portal group. */
export interface LunAddress {
  readonly iqn: string
  readonly tpgt: number
  readonly lun: number
}

/** An iblock backstore, by its names in configfs. */
export interface Backstore {
  readonly hba: string
  readonly name: string
}

/** A target portal group. */
export type TpgAddress = Pick<LunAddress, 'iqn' | 'tpgt'>

export const targetPath = (iqn: string) => `${ISCSI}/${iqn}`
export const tpgPath = ({ iqn, tpgt }: TpgAddress) => `${ISCSI}/${iqn}/tpgt_${tpgt}`
export const lunPath = (address: LunAddress) => `${tpgPath(address)}/lun/lun_${address.lun}`
export const portalPath = (address: LunAddress, portal: string) => `${tpgPath(address)}/np/${portal}`
export const aclPath = (address: TpgAddress, initiator: string) => `${tpgPath(address)}/acls/${initiator}`
export const aclInfoPath = (address: TpgAddress, initiator: string) => `${aclPath(address, initiator)}/info`
export const mappedLunPath = (address: LunAddress, initiator: string) =>
  `${aclPath(address, initiator)}/lun_${address.lun}`
export const hbaPath = ({ hba }: Backstore) => `${CORE}/${hba}`
export const backstorePath = ({ hba, name }: Backstore) => `${CORE}/${hba}/${name}`

/**
 * The backstore of an export. Name and HBA follow from the address alone, so that a leftover is recognised; with an HBA of its
 * own for each backstore, two starts can run at once.
 */
export function backstoreOf({ iqn, tpgt, lun }: LunAddress): Backstore {
  const name = `${iqn}-tpgt${tpgt}-lun${lun}`.replace(/[^a-zA-Z0-9.-]/g, '_')
  return { hba: `iblock_${fnv1a(name) >>> 1}`, name }
}

/** The 32-bit FNV-1a hash. */
function fnv1a(text: string): number {
  return [...Buffer.from(text)].reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193) >>> 0, 0x811c9dc5)
}

/** The links in a directory and their targets; empty when the directory does not exist. */
export function linksIn(system: System, directory: string): { readonly path: string; readonly to: string }[] {
  const names = ifPresent(() => system.list(directory)) ?? []
  return names.flatMap(name => {
    const path = `${directory}/${name}`
    const to = ifPresent(() => system.realPath(path))
    return to === undefined || to === path ? [] : [{ path, to }]
  })
}

/** Mounts configfs, which shows LIO's objects below /sys/kernel/config. @throws ToolFailed */
export async function mountConfigfs(system: System, signal: AbortSignal): Promise<void> {
  await runToSuccess(system, mount, ['-t', 'configfs', 'configfs', '/sys/kernel/config'], { signal })
}
