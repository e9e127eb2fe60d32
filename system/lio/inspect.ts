import { deviceAt, kernelName } from '../block/block-devices.ts'
import { exists, listNames, readLine } from '../files.ts'
import { listeners } from '../proc/sockets.ts'
import type { System } from '../system.ts'
import { deviceOfBackstore } from './backstores.ts'
import {
  aclPath,
  backstoreOf,
  backstorePath,
  hbaPath,
  type LunAddress,
  linksIn,
  lunPath,
  mappedLunPath,
  portalPath,
  TARGET_ROOT,
  targetPath,
  tpgPath,
} from './paths.ts'

/** The desired configuration of an export, as far as configfs shows it. */
export interface DesiredExport extends LunAddress {
  readonly device: string
  /** `address:port`, an IPv6 address in brackets. */
  readonly portals: readonly string[]
  readonly initiators: readonly string[]
  /** The CHAP name of the initiators; undefined when CHAP is not required. */
  readonly chapUser: string | undefined
}

/** The parts of an export that exist; all empty and false when none does. */
export interface ExportState {
  readonly hasTpg: boolean
  readonly hasBackstore: boolean
  /** A target without a TPG, or an HBA without a backstore: harmless. */
  readonly hasRemains: boolean
  /** The faults that prevent it from working. */
  readonly faults: readonly string[]
  /** Deviations from the desired configuration that do not prevent it from working. */
  readonly degradations: readonly string[]
}

/**
 * Compares the kernel's state with the desired export. Reads configfs, sysfs and /proc, which do not block, with one exception:
 * while a TPG is being disabled, reading its attributes waits until that is done.
 */
export function inspectExport(system: System, wanted: DesiredExport): ExportState {
  const backstore = backstoreOf(wanted)
  const hasTpg = exists(system, tpgPath(wanted))
  const hasBackstore = exists(system, backstorePath(backstore))
  const hasOtherTpgs = listNames(system, targetPath(wanted.iqn)).some(name => name.startsWith('tpgt_'))
  const hasRemains = exists(system, hbaPath(backstore)) || (exists(system, targetPath(wanted.iqn)) && !hasOtherTpgs)
  if (!hasTpg && !hasBackstore) return { hasTpg, hasBackstore, hasRemains, faults: [], degradations: [] }
  const findings = [
    ...(hasBackstore ? deviceFindings(system, wanted) : [fault('the backstore is missing')]),
    ...(hasTpg ? tpgFindings(system, wanted) : [fault('the TPG is missing')]),
  ]
  const messages = (isFault: boolean) => findings.filter(one => one.isFault === isFault).map(({ message }) => message)
  return { hasTpg, hasBackstore, hasRemains, faults: messages(true), degradations: messages(false) }
}

/**
 * Whether LIO listens on a portal of the export although configfs, the only place that shows exports, is not mounted here. That
 * must not count as a stopped export.
 */
export function isHidden(system: System, { portals }: Pick<DesiredExport, 'portals'>): boolean {
  if (exists(system, TARGET_ROOT) || !exists(system, '/sys/module/iscsi_target_mod')) return false
  const listening = listeners(system)
  return portals.some(portal => listening.includes(portal))
}

interface Finding {
  readonly isFault: boolean
  readonly message: string
}

const fault = (message: string): Finding => ({ isFault: true, message })
const degradation = (message: string): Finding => ({ isFault: false, message })

/** The path may now lead to a different device than the one that was opened. */
function deviceFindings(system: System, wanted: DesiredExport): Finding[] {
  const path = backstorePath(backstoreOf(wanted))
  if (readLine(system, `${path}/enable`) !== '1') return [fault('the backstore is not open')]
  const held = deviceOfBackstore(system, path)
  const wantedNow = deviceAt(system, wanted.device)
  const nameOf = (number: string) => kernelName(system, number) ?? number
  const reservations = readLine(system, `${path}/attrib/emulate_pr`) === '0' ? [] : [degradation(ACCEPTS_RESERVATIONS)]
  if (held === undefined) return [fault('the backstore holds no device')]
  if (wantedNow === held) return reservations
  if (wantedNow !== undefined)
    return [fault(`the backstore holds ${nameOf(held)}, but ${wanted.device} is ${nameOf(wantedNow)} now`)]
  if (kernelName(system, held) === undefined) return [fault(`${wanted.device} no longer exists`)]
  return [
    degradation(`${wanted.device} does not exist, though its device ${nameOf(held)} is exported`),
    ...reservations,
  ]
}

const ACCEPTS_RESERVATIONS =
  'the backstore accepts SCSI reservations, which are lost when the target moves: emulate_pr is not 0'

function tpgFindings(system: System, wanted: DesiredExport): Finding[] {
  const tpg = tpgPath(wanted)
  const store = backstorePath(backstoreOf(wanted))
  const isLinked = linksIn(system, lunPath(wanted)).some(({ to }) => to === store)
  const requiresChap = readLine(system, `${tpg}/attrib/authentication`) !== '0'
  const acceptsAll = readLine(system, `${tpg}/attrib/generate_node_acls`) !== '0'
  // read last: reading the attributes waits until a TPG that is being disabled is disabled, and until then this is 1
  const isEnabled = readLine(system, `${tpg}/enable`) === '1'
  return [
    ...(isEnabled ? [] : [fault('the TPG is disabled')]),
    ...(isLinked ? [] : [fault(`LUN ${wanted.lun} does not point at the backstore`)]),
    ...(requiresChap === (wanted.chapUser !== undefined)
      ? []
      : [fault(requiresChap ? 'the TPG requires CHAP' : 'the TPG does not require CHAP')]),
    ...(acceptsAll ? [degradation('the TPG accepts every initiator')] : []),
    ...portalFindings(system, wanted),
    ...initiatorFindings(system, wanted),
  ]
}

function portalFindings(system: System, wanted: DesiredExport): Finding[] {
  const listening = new Set(listeners(system))
  const missing = wanted.portals.flatMap(portal => {
    if (!exists(system, portalPath(wanted, portal))) return [fault(`portal ${portal} is missing`)]
    return listening.has(portal) ? [] : [fault(`nothing listens on portal ${portal}`)]
  })
  const others = listNames(system, `${tpgPath(wanted)}/np`).filter(portal => !wanted.portals.includes(portal))
  return [
    ...missing,
    ...others.map(portal => degradation(`it also listens on ${portal}, which is not among its portals`)),
  ]
}

function initiatorFindings(system: System, wanted: DesiredExport): Finding[] {
  const lun = lunPath(wanted)
  const missing = wanted.initiators.flatMap(name => {
    if (linksIn(system, mappedLunPath(wanted, name)).every(({ to }) => to !== lun))
      return [fault(`initiator ${name} has no access to LUN ${wanted.lun}`)]
    if (wanted.chapUser === undefined) return []
    const user = readLine(system, `${aclPath(wanted, name)}/auth/userid`)
    return user === wanted.chapUser ? [] : [fault(`initiator ${name} has another CHAP name than ${wanted.chapUser}`)]
  })
  const others = listNames(system, `${tpgPath(wanted)}/acls`).filter(name => !wanted.initiators.includes(name))
  return [
    ...missing,
    ...others.map(name => degradation(`initiator ${name} may log in, but is not among the allowed initiators`)),
  ]
}
