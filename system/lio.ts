import { isThere, lineIn, namesIn } from './files.ts'
import { hasCode, isNotFound, type System } from './system.ts'

/*
 * LIO, the kernel's SCSI target, read and changed through configfs. targetcli is never used: it takes a lock, reloads the
 * whole tree at each call and saves a state that comes back at boot, on the wrong node.
 * @see https://docs.kernel.org/target/tcm_mod_builder.html and the kernel's drivers/target/iscsi/iscsi_target_configfs.c
 */

export const TARGET_ROOT = '/sys/kernel/config/target'
const CORE = `${TARGET_ROOT}/core`
const ISCSI = `${TARGET_ROOT}/iscsi`

/** A block device as LIO exports it. */
export interface Backstore {
  readonly hba: string
  readonly name: string
}

/** What one target portal group shall be. */
export interface Export {
  readonly iqn: string
  readonly tpgt: number
  readonly lun: number
  readonly device: string
  readonly serial: string
  /** `address:port`, an IPv6 address in brackets. */
  readonly portals: readonly string[]
  readonly initiators: readonly string[]
}

type Address = Pick<Export, 'iqn' | 'tpgt' | 'lun'>

const targetPath = (iqn: string) => `${ISCSI}/${iqn}`
const tpgPath = ({ iqn, tpgt }: Address) => `${ISCSI}/${iqn}/tpgt_${tpgt}`
const backstorePath = ({ hba, name }: Backstore) => `${CORE}/${hba}/${name}`

/**
 * The backstore of an export. Name and HBA follow from the address alone, so that a leftover is known as ours; an HBA
 * of its own per backstore lets two starts run at once.
 */
export function backstoreOf({ iqn, tpgt, lun }: Address): Backstore {
  const name = `${iqn}-tpgt${tpgt}-lun${lun}`.replace(/[^a-zA-Z0-9.-]/g, '_')
  return { hba: `iblock_${fnv1a(name) >>> 1}`, name }
}

/** The 32-bit FNV-1a hash. */
function fnv1a(text: string): number {
  return [...Buffer.from(text)].reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193) >>> 0, 0x811c9dc5)
}

/** What is there of an export. Every absent part is named in `missing`; all empty and false when nothing is there. */
export interface Found {
  /** A target without TPG, or an HBA without backstore: harmless. */
  readonly hasRemains: boolean
  readonly hasTpg: boolean
  readonly hasBackstore: boolean
  readonly missing: readonly string[]
}

/** Compares the kernel's state with what an export shall be. Only reads. */
export function findExport(system: System, wanted: Export): Found {
  const tpg = tpgPath(wanted)
  const backstore = backstoreOf(wanted)
  const store = backstorePath(backstore)
  const hasTpg = isThere(system, tpg)
  const hasBackstore = isThere(system, store)
  const checks: [string, boolean][] = [
    ['the TPG is not there', hasTpg],
    ['the TPG is disabled', lineIn(system, `${tpg}/enable`) === '1'],
    [
      `LUN ${wanted.lun} does not point at the backstore`,
      isThere(system, `${tpg}/lun/lun_${wanted.lun}/${backstore.name}`),
    ],
    ['the backstore is not enabled', lineIn(system, `${store}/enable`) === '1'],
    [`the backstore is not on ${wanted.device}`, lineIn(system, `${store}/udev_path`) === wanted.device],
    ...wanted.portals.map((portal): [string, boolean] => [
      `portal ${portal} is missing`,
      isThere(system, `${tpg}/np/${portal}`),
    ]),
    ...wanted.initiators.map((name): [string, boolean] => [
      `initiator ${name} has no access to LUN ${wanted.lun}`,
      isThere(system, `${tpg}/acls/${name}/lun_${wanted.lun}/${backstore.name}`),
    ]),
  ]
  return {
    hasRemains: isThere(system, targetPath(wanted.iqn)) || isThere(system, `${CORE}/${backstore.hba}`),
    hasTpg,
    hasBackstore,
    missing: checks.filter(([, holds]) => !holds).map(([what]) => what),
  }
}

/** Opens the device for export; nobody can reach it yet. */
export async function createBackstore(system: System, wanted: Export): Promise<void> {
  const backstore = backstoreOf(wanted)
  const path = backstorePath(backstore)
  await makeIfAbsent(system, `${CORE}/${backstore.hba}`)
  await system.makeDirectory(path)
  await system.write(`${path}/control`, `udev_path=${wanted.device}`)
  await system.write(`${path}/udev_path`, wanted.device)
  await system.write(`${path}/wwn/vpd_unit_serial`, wanted.serial)
  await system.write(`${path}/enable`, '1')
}

/**
 * Makes target, TPG, LUN, ACLs and portals, and enables the TPG last: an initiator never meets a half-made target.
 * Only the initiators named get in (none named: nobody).
 */
export async function createTarget(system: System, wanted: Export): Promise<void> {
  const tpg = tpgPath(wanted)
  const backstore = backstoreOf(wanted)
  await makeIfAbsent(system, ISCSI)
  await makeIfAbsent(system, targetPath(wanted.iqn))
  await system.makeDirectory(tpg)
  await system.write(`${tpg}/attrib/generate_node_acls`, '0')
  await system.write(`${tpg}/attrib/demo_mode_write_protect`, '1')
  await system.write(`${tpg}/attrib/authentication`, '0')
  const lun = `${tpg}/lun/lun_${wanted.lun}`
  await system.makeDirectory(lun)
  await system.link(backstorePath(backstore), `${lun}/${backstore.name}`)
  for (const initiator of wanted.initiators) {
    const mapped = `${tpg}/acls/${initiator}/lun_${wanted.lun}`
    await system.makeDirectory(`${tpg}/acls/${initiator}`)
    await system.makeDirectory(mapped)
    await system.link(lun, `${mapped}/${backstore.name}`)
  }
  for (const portal of wanted.portals) await system.makeDirectory(`${tpg}/np/${portal}`)
  await system.write(`${tpg}/enable`, '1')
}

/**
 * Removes the TPG, and its target if no other TPG is left. Sessions are cut before the LUN goes: an initiator then meets
 * a broken connection, which it retries, and never a missing LUN, which is an I/O error.
 */
export async function removeTarget(system: System, address: Address): Promise<void> {
  const tpg = tpgPath(address)
  if (isThere(system, tpg)) {
    if (system.read(`${tpg}/enable`).trim() === '1') await system.write(`${tpg}/enable`, '0')
    for (const portal of namesIn(system, `${tpg}/np`)) await removeDirectory(system, `${tpg}/np/${portal}`)
    for (const acl of namesIn(system, `${tpg}/acls`)) await removeAcl(system, `${tpg}/acls/${acl}`)
    for (const lun of namesIn(system, `${tpg}/lun`)) await removeLun(system, `${tpg}/lun/${lun}`)
    await removeDirectory(system, tpg)
  }
  const others = namesIn(system, targetPath(address.iqn)).filter(name => name.startsWith('tpgt_'))
  if (others.length === 0) await removeDirectory(system, targetPath(address.iqn))
}

async function removeAcl(system: System, path: string): Promise<void> {
  const luns = namesIn(system, path).filter(name => /^lun_\d+$/.test(name))
  for (const lun of luns) await removeLun(system, `${path}/${lun}`)
  await removeDirectory(system, path)
}

/** A LUN's directory holds its links and the kernel's own attributes; only the links can be unlinked. */
async function removeLun(system: System, path: string): Promise<void> {
  for (const name of namesIn(system, path))
    if (isLink(system, `${path}/${name}`)) await system.remove(`${path}/${name}`)
  await removeDirectory(system, path)
}

function isLink(system: System, path: string): boolean {
  try {
    system.readLink(path)
    return true
  } catch (error) {
    if (isNotFound(error) || hasCode(error, 'EINVAL')) return false
    throw error
  }
}

/** Closes the device. It must not be exported any more. */
export async function removeBackstore(system: System, address: Address): Promise<void> {
  const backstore = backstoreOf(address)
  await removeDirectory(system, backstorePath(backstore))
  await removeDirectory(system, `${CORE}/${backstore.hba}`)
}

async function removeDirectory(system: System, path: string): Promise<void> {
  try {
    await system.removeDirectory(path)
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

async function makeIfAbsent(system: System, path: string): Promise<void> {
  try {
    await system.makeDirectory(path)
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
  }
}
