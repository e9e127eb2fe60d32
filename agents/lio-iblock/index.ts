import { type Context, defineAgent } from '../../ocf/agent.ts'
import { failed, invalidHere } from '../../ocf/exit.ts'
import type { Parameters } from '../../ocf/parameters.ts'
import { incomplete, started, stopped, stoppedWithLeftover } from '../../ocf/state.ts'
import { parseDevicePath, parseInteger, parseList, parsePattern } from '../../ocf/values.ts'
import { deviceAt, holders, kernelName } from '../../system/block.ts'
import { isThere } from '../../system/files.ts'
import { parseIscsiName, parsePortal } from '../../system/iscsi-names.ts'
import {
  createBackstore,
  createTarget,
  type Export,
  findExport,
  removeBackstore,
  removeTarget,
  TARGET_ROOT,
} from '../../system/lio.ts'
import { loadModules } from '../../system/modules.ts'
import { hasCode, ifPresent } from '../../system/system.ts'

const parameters = {
  iqn: {
    type: 'string',
    required: true,
    unique: true,
    short: 'target name (IQN)',
    long: 'iSCSI name of the target, in lower case, like iqn.2026-01.org.example:cloud0.',
    parse: parseIscsiName,
  },
  tpgt: {
    type: 'integer',
    default: '1',
    short: 'target portal group tag',
    long: 'Tag of the target portal group. Target name and tag together are one export.',
    parse: parseInteger(1, 65535),
  },
  device: {
    type: 'string',
    required: true,
    unique: true,
    short: 'block device to export',
    long: 'Path of the block device that is exported, such as /dev/drbd0.',
    parse: parseExportable,
  },
  lun: {
    type: 'integer',
    default: '0',
    short: 'logical unit number',
    long: 'Number under which initiators see the device.',
    parse: parseInteger(0, 255),
  },
  portals: {
    type: 'string',
    default: '0.0.0.0:3260',
    short: 'addresses to listen on',
    long: `Portals, separated by blanks: address or address:port, IPv6 in brackets; the port defaults to 3260. An address
need not be on this node yet: its service address may start after the target.`,
    parse: parseList(parsePortal),
  },
  allowed_initiators: {
    type: 'string',
    short: 'initiators that may log in',
    long: 'iSCSI names of the initiators that may log in, separated by blanks. None named: nobody gets in.',
    parse: parseList(parseIscsiName),
  },
  scsi_sn: {
    type: 'string',
    short: 'unit serial number',
    long: `SCSI unit serial number; the NAA identifier follows from its first 25 hexadecimal digits. It must be the same
on both nodes of a cloud and differ between clusters. The default is derived from target name, tag and LUN.`,
    parse: parsePattern(/^[0-9a-f]{8,32}$/, 'a serial number of 8 to 32 hexadecimal digits in lower case'),
  },
} as const satisfies Parameters

/** The kernel takes the path out of a list separated by commas, and ends it at a blank. */
function parseExportable(text: string): string {
  if (/[,\s]/.test(text)) throw new RangeError('a path without blanks and commas is expected')
  return parseDevicePath(text)
}

type LioContext = Context<typeof parameters>

/** One device exported as one LUN of one target portal group. */
export const lioIblock = defineAgent({
  name: 'lio-iblock',
  short: 'Exports a block device over iSCSI with LIO',
  long: `Exports one block device as a LUN of an iSCSI target portal group of LIO, the target of the Linux kernel, through
an IBLOCK backstore. Backstore, target, LUN, ACLs and portals are one resource, written to configfs directly: no
targetcli, no saved configuration that comes back at boot. The portal group is enabled last at start; at stop the
sessions are cut before the LUN goes, so that initiators wait for the target to come back elsewhere instead of failing.
Only the initiators that are named may log in. SCSI persistent reservations do not move with the target.`,
  parameters,
  timeouts: { start: 60, stop: 60, monitor: 20 },

  state({ parameters, system }) {
    const found = findExport(system, { ...exportOf(parameters), serial: '' })
    if (!found.hasTpg && !found.hasBackstore)
      return found.hasRemains ? stoppedWithLeftover('an empty target or HBA') : stopped
    return found.missing.length === 0 ? started : incomplete(found.missing.join(', '))
  },

  async start(context) {
    const { parameters, system } = context
    await requireTarget(context)
    requireBlockDevice(context)
    const wanted = { ...exportOf(parameters), serial: parameters.scsi_sn ?? (await derivedSerial(parameters)) }
    context.step(`opening ${parameters.device} for export`)
    try {
      await createBackstore(system, wanted)
    } catch (error) {
      throw failed(`${parameters.device} cannot be exported: ${whyNot(context, error)}`, { cause: error })
    }
    context.step(`making the target ${parameters.iqn}`)
    await createTarget(system, wanted)
  },

  async stop({ parameters, system, step }) {
    step(`cutting the sessions of ${parameters.iqn} and removing it`)
    await removeTarget(system, parameters)
    step(`closing ${parameters.device}`)
    await removeBackstore(system, parameters)
  },

  async validateHere(context) {
    requireBlockDevice(context)
  },
})

function exportOf(parameters: LioContext['parameters']): Omit<Export, 'serial'> {
  const { iqn, tpgt, lun, device, portals, allowed_initiators } = parameters
  return { iqn, tpgt, lun, device, portals, initiators: allowed_initiators ?? [] }
}

/** The same on every node, and as unique as the target's name. */
async function derivedSerial({ iqn, tpgt, lun }: LioContext['parameters']): Promise<string> {
  const { createHash } = await import('node:crypto')
  return createHash('sha256').update(`${iqn} ${tpgt} ${lun}`).digest('hex').slice(0, 32)
}

async function requireTarget({ system, deadline, step }: LioContext): Promise<void> {
  if (isThere(system, `${TARGET_ROOT}/iscsi`)) return
  step('loading the modules of LIO')
  await loadModules(system, ['configfs', 'target_core_mod', 'target_core_iblock', 'iscsi_target_mod'], deadline.signal)
  if (!isThere(system, TARGET_ROOT))
    throw failed(
      `${TARGET_ROOT} is missing although the modules are loaded: is configfs mounted at /sys/kernel/config?`,
    )
}

function requireBlockDevice({ parameters, system }: LioContext): void {
  const kind = ifPresent(() => system.stat(parameters.device))?.kind
  if (kind === undefined) throw invalidHere(`${parameters.device} does not exist on this node`)
  if (kind !== 'block') throw invalidHere(`${parameters.device} is not a block device`)
}

function whyNot({ parameters, system }: LioContext, error: unknown): string {
  const number = deviceAt(system, parameters.device)
  const name = number && kernelName(system, number)
  const users = name ? holders(system, name) : []
  if (hasCode(error, 'EBUSY') && users.length > 0) return `it is in use by ${users.join(', ')}`
  return error instanceof Error ? error.message : String(error)
}
