import { failed, invalidHere } from '../../ocf/exit.ts'
import { exists } from '../../system/files.ts'
import { loadModules } from '../../system/kernel-modules.ts'
import { createAcl, createLun, createTpg } from '../../system/lio/create.ts'
import { LIO_MODULES } from '../../system/lio/modules.ts'
import { TARGET_ROOT } from '../../system/lio/paths.ts'
import { restoreWarning } from '../../system/lio/saveconfig.ts'
import { ifPresent, waitFor } from '../../system/system.ts'
import { type Chap, readChap } from '../chap.ts'
import { openDevice } from './device.ts'
import type { LioContext } from './parameters.ts'
import { openPortal } from './portal.ts'
import { enableWithPort } from './relative-port.ts'

/** Creates the export, from the device up, and enables it for initiators last. */
export async function start(context: LioContext): Promise<void> {
  const { parameters, system, step } = context
  await waitForDevice(context)
  const chap = checkNode(context)
  await requireTarget(context)
  await openDevice(context)
  step(`creating the target ${parameters.iqn}`)
  await createTpg(system, parameters, { isChapWanted: chap !== undefined, cmdsnDepth: parameters.cmdsn_depth })
  await createLun(system, parameters)
  for (const initiator of parameters.allowed_initiators ?? []) {
    step(`adding ${initiator} to the ACL`)
    await createAcl(system, parameters, initiator, chap)
  }
  for (const portal of parameters.portals) await openPortal(context, portal)
  step(`enabling the TPG of ${parameters.iqn}`)
  await enableWithPort(context)
}

/** How long a path below /dev may take to appear: udev creates and replaces links a moment after their device. */
const DEVICE_WAIT_SECONDS = 5

async function waitForDevice({ parameters, system, deadline, step }: LioContext): Promise<void> {
  const end = deadline.remainingSeconds() - DEVICE_WAIT_SECONDS
  const isSettled = () => exists(system, parameters.device) || deadline.remainingSeconds() <= end
  step(`waiting for ${parameters.device}`)
  await waitFor(system, () => isSettled() || undefined, deadline.signal)
}

/** Checks what a start needs on this node: device and secrets. Warns of a saved configuration with the same target. */
export function checkNode(context: LioContext): Chap | undefined {
  const { parameters, system, log } = context
  const { device, iqn } = parameters
  const found = ifPresent(() => system.stat(device))
  if (found === undefined) throw invalidHere(`${device} does not exist on this node`)
  if (found.kind !== 'block') throw invalidHere(`${device} is not a block device`)
  const warning = restoreWarning(system, iqn)
  if (warning !== undefined) log.warn(warning)
  return readChap(system, parameters)
}

async function requireTarget({ system, deadline, step }: LioContext): Promise<void> {
  if (exists(system, `${TARGET_ROOT}/iscsi`)) return
  step('loading the modules of LIO')
  await loadModules(system, ['configfs', ...LIO_MODULES], deadline.signal)
  if (!exists(system, TARGET_ROOT))
    throw failed(`${TARGET_ROOT} is missing although the modules are loaded: mount configfs at /sys/kernel/config`)
}
