import { dirname } from 'node:path'
import { failed, invalidHere, notInstalled } from '../../ocf/exit.ts'
import { deviceAt, kernelName } from '../../system/block/block-devices.ts'
import { errorText } from '../../system/error-text.ts'
import { readLine } from '../../system/files.ts'
import { backstoresOn, exportsOf } from '../../system/lio/backstores.ts'
import { createBackstore, setBackstoreAttribute } from '../../system/lio/create.ts'
import { backstoreOf, backstorePath, CORE } from '../../system/lio/paths.ts'
import { hasCode, ifPresent } from '../../system/system.ts'
import { deviceUsers } from '../../system/usage/device-users.ts'
import { identityOf } from './identity.ts'
import type { LioContext } from './parameters.ts'

/** Opens the device for export, with its identity and attributes; no initiator can reach it yet. */
export async function openDevice(context: LioContext): Promise<void> {
  const { parameters, system, step } = context
  const { device } = parameters
  refuseSecondExport(context)
  step(`opening ${device} for export`)
  const identity = await identityOf(parameters)
  try {
    await createBackstore(system, parameters, { device, identity })
  } catch (error) {
    throw failed(`${device} cannot be exported: ${exportFailure(context, error)}`, { cause: error })
  }
  step(`setting the attributes of the backstore on ${device}`)
  await refuseReservations(context)
  await setBlockSize(context)
  requireWriteCache(context)
  await setFeatures(context)
}

/** A reservation cannot move with the target, so none is accepted. Linux has the attribute since 4.20. */
async function refuseReservations({ parameters, system }: LioContext): Promise<void> {
  try {
    await setBackstoreAttribute(system, parameters, 'emulate_pr', 0)
  } catch (error) {
    if (!hasCode(error, 'EACCES', 'ENOENT')) throw error
    throw notInstalled("this node's kernel cannot reject SCSI reservations: install Linux 4.20 or later", {
      cause: error,
    })
  }
}

/** Only an iblock backstore opens its device exclusively; other kinds would let a second writer open it. */
function refuseSecondExport({ parameters, system }: LioContext): void {
  const number = deviceAt(system, parameters.device)
  const others = number === undefined ? [] : backstoresOn(system, number)
  const described = others.map(other => {
    const exports = exportsOf(system, `${CORE}/${other}`).join(', ')
    return `LIO backstore ${other}${exports && ` (${exports})`}`
  })
  if (described.length > 0)
    throw failed(
      `${parameters.device} cannot be exported: it is already exported by ${described.join(', ')}, which does not belong to this resource`,
    )
}

function exportFailure({ parameters, system }: LioContext, error: unknown): string {
  const number = deviceAt(system, parameters.device)
  const name = number && kernelName(system, number)
  if (hasCode(error, 'EBUSY')) {
    const users = name === undefined ? [] : deviceUsers(system, name)
    return `it is in use by ${users.join(', ') || 'something that neither the kernel nor /proc shows'}`
  }
  if (hasCode(error, 'EROFS', 'EACCES', 'EMEDIUMTYPE'))
    return `it is read-only on this node (a DRBD device is, unless it is primary): ${errorText(error)}`
  return errorText(error)
}

async function setBlockSize({ parameters, system }: LioContext): Promise<void> {
  const { block_size, device } = parameters
  if (block_size === undefined) return
  const least = Number(readLine(system, `${backstorePath(backstoreOf(parameters))}/attrib/hw_block_size`))
  if (block_size < least)
    throw invalidHere(
      `block_size is ${block_size}, but ${device} has blocks of ${least} bytes: set block_size to ${least} or more`,
    )
  await setBackstoreAttribute(system, parameters, 'block_size', block_size)
}

/** LIO reports to initiators what the device reports; it cannot be configured otherwise. */
function requireWriteCache({ parameters, system }: LioContext): void {
  const { emulate_write_cache: isWanted, device } = parameters
  if (isWanted === undefined) return
  const directory = ifPresent(() => system.realPath(`/sys/dev/block/${deviceAt(system, device)}`)) ?? ''
  // a partition has the queue of its disk
  const queues = [`${directory}/queue`, `${dirname(directory)}/queue`]
  const mode = queues.map(queue => readLine(system, `${queue}/write_cache`)).find(text => text !== undefined)
  if ((mode === 'write back') !== isWanted)
    throw invalidHere(
      `emulate_write_cache is ${isWanted}, but ${device} has ${isWanted ? 'no' : 'a'} volatile write cache: set it to ${!isWanted} or remove it`,
    )
}

async function setFeatures({ parameters, system }: LioContext): Promise<void> {
  for (const name of ['emulate_tpu', 'emulate_caw', 'emulate_3pc'] as const) {
    const value = parameters[name]
    if (value === undefined) continue
    try {
      await setBackstoreAttribute(system, parameters, name, value ? 1 : 0)
    } catch (error) {
      if (name !== 'emulate_tpu' || !hasCode(error, 'ENOSYS')) throw error
      throw invalidHere(
        `emulate_tpu is true, but ${parameters.device} does not support discards: set emulate_tpu to false`,
        { cause: error },
      )
    }
  }
}
