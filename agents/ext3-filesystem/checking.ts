import { failed, invalidHere } from '../../ocf/exit.ts'
import { deviceSize, errorCount, kernelName } from '../../system/block/block-devices.ts'
import { type ExtSuperblock, parseSuperblock } from '../../system/block/ext-superblock.ts'
import { isNotFound, type Tool } from '../../system/system.ts'
import { withDeviceProgress } from './device-progress.ts'
import { checkFailure } from './exit-status.ts'
import { withHolders } from './holders.ts'
import {
  deviceNumber,
  hasJournalError,
  INODE_BYTES,
  JOURNAL_BYTES,
  parseExternalJournal,
  parseJournalInode,
  parseJournalPlace,
} from './journal.ts'
import { mountState } from './mount-state.ts'
import { runTracked } from './orphaned-tool.ts'
import type { MountContext } from './parameters.ts'
import { describeContent, PROBE_BYTES } from './superblock.ts'

const e2fsck: Tool = { name: 'e2fsck', package: 'e2fsprogs' }

/** e2fsck(8): "File system errors corrected" is success. */
const CORRECTED = 1

/** Makes sure that the device has an ext3 file system, and runs e2fsck when superblock, journal or `run_fsck` require it. */
export async function requireFilesystem(context: MountContext): Promise<void> {
  const { device, run_fsck } = context.parameters
  const hasErrors = await withDeviceProgress(context, `reading the superblock of ${device}`, readErrors(context))
  if (run_fsck === 'no' && hasErrors)
    throw failed(`the file system on ${device} has errors, and run_fsck=no: run e2fsck -f ${device}`)
  if (run_fsck === 'force' || hasErrors) await runE2fsck(context)
}

/**
 * Whether the mounted file system turns out to have errors. The mount has replayed the journal, which may contain a newer
 * superblock than the device, and has copied errors there that only the journal had recorded.
 */
export async function hasErrorsMounted(context: MountContext): Promise<boolean> {
  const { parameters, system } = context
  const { name } = mountState(system, parameters)
  if (name !== undefined && errorCount(system, name) > 0) return true
  const doing = `reading the superblock of ${parameters.device} again`
  const bytes = await withDeviceProgress(context, doing, system.readBytes(parameters.device, 0, PROBE_BYTES))
  return parseSuperblock(bytes)?.hasErrors ?? false
}

/** Checks and repairs the file system. @throws OcfError when errors remain. */
export async function runE2fsck(context: MountContext): Promise<void> {
  const { parameters, log } = context
  const { path } = journalOption(parameters)
  const journal = path === undefined ? [] : ['-j', path]
  const running = runTracked(context, e2fsck, ['-p', '-f', ...journal, '--', parameters.device])
  const finished = await withDeviceProgress(
    context,
    `checking the file system on ${parameters.device} with e2fsck`,
    running,
  )
  if (finished.status === CORRECTED) log.warn(`e2fsck corrected errors in the file system on ${parameters.device}`)
  else if (finished.status !== 0) throw withHolders(context, finished, checkFailure(finished))
}

/** Whether superblock or journal record errors. @throws OcfError when the device has no ext3 file system. */
async function readErrors(context: MountContext): Promise<boolean> {
  const bytes = await context.system.readBytes(context.parameters.device, 0, PROBE_BYTES)
  const { hasErrors } = requireExt3(context, bytes)
  return hasErrors || ((await readJournalError(context, bytes)) ?? false)
}

/** @throws OcfError (2) that names the actual content of the device, or (1) when the device has no size. */
function requireExt3({ parameters, system }: MountContext, bytes: Uint8Array): ExtSuperblock {
  const { device } = parameters
  // a removed disk keeps its name while a process has it open, and a new disk may have no size yet
  if (bytes.length === 0) throw failed(`${device} has no size: its disk is gone or never appeared`)
  const superblock = parseSuperblock(bytes)
  if (superblock === undefined)
    throw invalidHere(`${device} does not have an ext3 file system: it has ${describeContent(bytes)}`)
  if (superblock.foreignFeatures.length > 0)
    throw invalidHere(
      `${device} has an ext4 file system, which cannot be mounted as ext3 (${superblock.foreignFeatures.join(', ')})`,
    )
  if (!superblock.hasJournal)
    throw invalidHere(`${device} has an ext2 file system, which has no journal: run tune2fs -j ${device} to add one`)
  const { number } = mountState(system, parameters)
  const size = number === undefined ? undefined : deviceSize(system, number)
  if (size !== undefined && size < superblock.sizeBytes)
    throw invalidHere(
      `${device} has ${size} bytes, but the file system on it ${superblock.sizeBytes}: the device shrank or is a different one`,
    )
  return superblock
}

/** Undefined when the journal cannot be found: then the mount fails, and says why. */
async function readJournalError(context: MountContext, bytes: Uint8Array): Promise<boolean | undefined> {
  const { parameters, system } = context
  const place = parseJournalPlace(bytes)
  if (place === undefined) return undefined
  if ('inode' in place) {
    const inode = await system.readBytes(parameters.device, place.inode, INODE_BYTES)
    return errorAt(context, parameters.device, parseJournalInode(inode, place.blockSize))
  }
  const device = externalJournal(context, place.device)
  if (device === undefined) return undefined
  try {
    const first = await system.readBytes(device, 0, 2048)
    return await errorAt(context, device, parseExternalJournal(first))
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

/** mount(8), ext3: the options override the number in the superblock, which changes with the node. */
function externalJournal({ parameters, system }: MountContext, number: string): string | undefined {
  const { path, device } = journalOption(parameters)
  if (path !== undefined) return path
  const name = kernelName(system, device ?? number)
  return name === undefined ? undefined : `/dev/${name}`
}

/** The device of the journal, by path or by `major:minor`, that the mount options name. */
function journalOption({ options }: Pick<MountContext['parameters'], 'options'>) {
  const given = options.findLast(option => /^journal_(path|dev)=/.test(option)) ?? ''
  const value = given.slice(given.indexOf('=') + 1)
  return given.startsWith('journal_path=')
    ? { path: value }
    : { device: given === '' ? undefined : deviceNumber(Number(value)) }
}

async function errorAt({ system }: MountContext, device: string, position: number | undefined) {
  if (position === undefined) return undefined
  return hasJournalError(await system.readBytes(device, position, JOURNAL_BYTES))
}
