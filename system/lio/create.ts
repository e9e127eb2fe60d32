import { hasCode, type System } from '../system.ts'
import {
  aclPath,
  backstoreOf,
  backstorePath,
  hbaPath,
  ISCSI,
  type LunAddress,
  lunPath,
  mappedLunPath,
  portalPath,
  targetPath,
  tpgPath,
} from './paths.ts'

/*
 * The creation of an export, one function per part, in the order in which they are called. No initiator can reach it before
 * `enableTpg`, so none ever finds an incomplete target. A secret leaves no trace outside of the kernel.
 */

/** The SCSI identity of the LUN: VPD pages 0x80 and 0x83, and standard inquiry. */
export interface Identity {
  readonly serial: string
  readonly vendor: string
  readonly product: string
}

/** Opens a device for export. The identity can be set only before anything is exported. */
export async function createBackstore(
  system: System,
  address: LunAddress,
  { device, identity }: { readonly device: string; readonly identity: Identity },
): Promise<void> {
  const backstore = backstoreOf(address)
  const path = backstorePath(backstore)
  await makeIfAbsent(system, hbaPath(backstore))
  await system.makeDirectory(path)
  await system.write(`${path}/control`, `udev_path=${device}`)
  await system.write(`${path}/udev_path`, device)
  await system.write(`${path}/wwn/vpd_unit_serial`, identity.serial)
  await system.write(`${path}/wwn/vendor_id`, identity.vendor)
  await system.write(`${path}/wwn/product_id`, identity.product)
  await system.write(`${path}/enable`, '1')
}

/** Sets an attribute of the backstore. Opening the device sets some attributes, so this comes afterwards. */
export async function setBackstoreAttribute(
  system: System,
  address: LunAddress,
  name: string,
  value: number,
): Promise<void> {
  await system.write(`${backstorePath(backstoreOf(address))}/attrib/${name}`, String(value))
}

/** Creates target and TPG, disabled. Only initiators with an ACL can log in, and see the target in a discovery. */
export async function createTpg(
  system: System,
  address: LunAddress,
  { isChapWanted, cmdsnDepth }: { readonly isChapWanted: boolean; readonly cmdsnDepth: number | undefined },
): Promise<void> {
  const tpg = tpgPath(address)
  await makeIfAbsent(system, ISCSI)
  await makeInTarget(system, address.iqn, tpg)
  await system.write(`${tpg}/attrib/generate_node_acls`, '0')
  await system.write(`${tpg}/attrib/demo_mode_write_protect`, '1')
  await system.write(`${tpg}/attrib/demo_mode_discovery`, '0')
  await system.write(`${tpg}/attrib/authentication`, isChapWanted ? '1' : '0')
  // an ACL copies it when it is created
  if (cmdsnDepth !== undefined) await system.write(`${tpg}/attrib/default_cmdsn_depth`, String(cmdsnDepth))
}

/** Another TPG of the target may be stopped at the same moment, which removes the empty target. */
async function makeInTarget(system: System, iqn: string, tpg: string, attempts = 3): Promise<void> {
  await makeIfAbsent(system, targetPath(iqn))
  try {
    await system.makeDirectory(tpg)
  } catch (error) {
    if (!hasCode(error, 'ENOENT') || attempts === 1) throw error
    await makeInTarget(system, iqn, tpg, attempts - 1)
  }
}

/** Creates the LUN and links it to the backstore. */
export async function createLun(system: System, address: LunAddress): Promise<void> {
  const backstore = backstoreOf(address)
  await system.makeDirectory(lunPath(address))
  await system.link(backstorePath(backstore), `${lunPath(address)}/${backstore.name}`)
}

/** A CHAP name and its secret. */
interface Credentials {
  readonly user: string
  readonly secret: string
}

/** CHAP as LIO knows it: the initiator's, and for mutual CHAP the target's. */
export interface Authentication {
  readonly initiator: Credentials
  readonly target?: Credentials
}

/** Adds an initiator to the ACLs and maps the LUN for it. */
export async function createAcl(
  system: System,
  address: LunAddress,
  initiator: string,
  authentication: Authentication | undefined,
): Promise<void> {
  const acl = aclPath(address, initiator)
  await system.makeDirectory(acl)
  if (authentication !== undefined) await setCredentials(system, `${acl}/auth`, authentication)
  const mapped = mappedLunPath(address, initiator)
  await system.makeDirectory(mapped)
  await system.link(lunPath(address), `${mapped}/${backstoreOf(address).name}`)
}

async function setCredentials(system: System, auth: string, { initiator, target }: Authentication): Promise<void> {
  await system.write(`${auth}/userid`, initiator.user)
  await system.write(`${auth}/password`, initiator.secret)
  if (target === undefined) return
  await system.write(`${auth}/userid_mutual`, target.user)
  await system.write(`${auth}/password_mutual`, target.secret)
}

/** Listens on a portal; the address need not be on this node. */
export async function createPortal(system: System, address: LunAddress, portal: string): Promise<void> {
  await makeIfAbsent(system, portalPath(address, portal))
}

/** Enables the TPG: from now on initiators can log in. */
export async function enableTpg(system: System, address: LunAddress): Promise<void> {
  await system.write(`${tpgPath(address)}/enable`, '1')
}

async function makeIfAbsent(system: System, path: string): Promise<void> {
  try {
    await system.makeDirectory(path)
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
  }
}
