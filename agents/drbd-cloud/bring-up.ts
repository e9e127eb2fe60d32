import { failed, invalidHere, notInstalled } from '../../ocf/exit.ts'
import {
  configuredHosts,
  configuredMinors,
  promotesItself,
  resolvingPolicies,
} from '../../system/drbd/config/config.ts'
import { DrbdConfigError, DrbdConfigUnclear } from '../../system/drbd/config/syntax.ts'
import { drbdExit, runDrbdadm } from '../../system/drbd/drbdadm.ts'
import { hasMetadataOf } from '../../system/drbd/metadata-version.ts'
import { procDrbd, supportedMajor } from '../../system/drbd/proc-drbd.ts'
import { type DrbdStatus, isAttaching, isConnected } from '../../system/drbd/status.ts'
import { hostName } from '../../system/host-name.ts'
import { loadModules } from '../../system/kernel-modules.ts'
import { ToolMissing } from '../../system/system.ts'
import { loadTargetModules } from './clients/target-modules.ts'
import { askForDevices } from './commands.ts'
import { failureOf, lacksMetadata, otherMetadata } from './failure.ts'
import type { DrbdContext } from './parameters.ts'
import { statusOf } from './status.ts'

/** Configures the resource in the kernel and gives disk and connection the time they need. */
export async function bringUp(context: DrbdContext): Promise<void> {
  const { parameters, system, deadline } = context
  await requireConfiguration(context)
  if (procDrbd(system) === undefined) {
    context.step('loading the module drbd')
    await loadModules(system, ['drbd'], deadline.signal)
  }
  requireVersion(context)
  warnOfPolicies(context)
  context.step(`bringing ${parameters.drbd_resource} up`)
  await adjust(context)
  await loadTargetModules(context)
  context.step(`waiting for the disk and the peer of ${parameters.drbd_resource}`)
  await settle(context)
}

/** Applies the configuration to the kernel: adjust, not up, because it also completes what a killed start left. */
export async function adjust(context: DrbdContext): Promise<void> {
  const { parameters, system, deadline } = context
  const { drbd_resource: name } = parameters
  const run = () => runDrbdadm(system, ['adjust', name], { signal: deadline.signal })
  const first = await run()
  // another process made the same change at the same time: the next adjust does what remains
  const finished = CHANGED_MEANWHILE.test(first.stderr) ? await run() : first
  if (finished.status === drbdExit.success) return
  const other = lacksMetadata(finished) ? await majorOfMetadata(context) : undefined
  throw other === undefined ? failureOf(system, name, finished) : otherMetadata(name, other, finished)
}

/** The other major version than the one that runs, if the meta-data are of that; undefined if not, and where nothing shows it. */
async function majorOfMetadata({ parameters, system, deadline }: DrbdContext): Promise<8 | 9 | undefined> {
  const version = procDrbd(system)?.version
  const running = version && supportedMajor(version)
  if (running === undefined) return undefined
  const major = running === 8 ? 9 : 8
  try {
    return (await hasMetadataOf(system, { resource: parameters.drbd_resource, major }, deadline)) ? major : undefined
  } catch (error) {
    // drbdadm's message is the reason then
    if (error instanceof ToolMissing || error instanceof DrbdConfigError) return undefined
    throw error
  }
}

/**
 * Failures of drbdsetup because another process has just created or removed the object.
 * @see drbd.h: ERR_DISK_CONFIGURED, ERR_MINOR_INVALID, ERR_RES_NOT_KNOWN, ERR_MINOR_OR_VOLUME_EXISTS
 */
const CHANGED_MEANWHILE = /\((?:124|127|158|161)\)/

/**
 * @throws OcfError (2) unless the resource is configured on this node, with one volume. Runs drbdadm if only drbdadm can determine
 * that.
 */
export async function requireConfiguration(context: DrbdContext): Promise<void> {
  const { drbd_resource: name } = context.parameters
  const volumes = await volumesOf(context)
  if (volumes === undefined)
    throw invalidHere(`DRBD resource ${name} is not configured on this node: /etc/drbd.d/${name}.res is missing`)
  const hosts = volumes === 0 ? configuredHosts(context.system, name) : []
  if (hosts.length > 0)
    throw invalidHere(
      `DRBD resource ${name} is configured for ${hosts.join(' and ')}, not for this node, ${hostName(context.system)}: correct its "on" sections, or keep it off this node`,
    )
  if (volumes !== 1)
    throw invalidHere(`DRBD resource ${name} has ${volumes} volumes on this node; it must have exactly one`)
}

/** The number of its volumes on this node; undefined when it is not configured. */
async function volumesOf(context: DrbdContext): Promise<number | undefined> {
  try {
    return configuredMinors(context.system, context.parameters.drbd_resource)?.length
  } catch (error) {
    if (error instanceof DrbdConfigUnclear) return (await askForDevices(context)).length
    if (error instanceof DrbdConfigError) throw invalidHere(error.message, { cause: error })
    throw error
  }
}

function warnOfPolicies({ parameters: { drbd_resource: name }, system, log }: DrbdContext): void {
  try {
    const policies = resolvingPolicies(system, name)
    if (policies.length > 0)
      log.warn(`${name} is configured to discard data automatically after a split brain: ${policies.join(', ')}`)
    if (promotesItself(system, name))
      log.warn(
        `DRBD promotes ${name} by itself when its device is opened for writing: set "options { auto-promote no; }"`,
      )
  } catch (error) {
    // the error may be in the files of other resources; drbdadm reports it
    if (!(error instanceof DrbdConfigError)) throw error
  }
}

function requireVersion({ system }: DrbdContext): void {
  const version = procDrbd(system)?.version
  if (version === undefined) throw notInstalled('the kernel module drbd is loaded, but /proc/drbd is missing')
  if (supportedMajor(version) === undefined)
    throw notInstalled(`the kernel module drbd is version ${version.text}, which is not supported: it must be 8.4 or 9`)
}

/** A start without a peer succeeds too, so it must not wait for one until its own deadline. */
const RESERVE_SECONDS = 5

/** Waits until the disk is attached, and at most wfc_timeout for a peer, including its handshake. */
export async function settle(context: DrbdContext): Promise<void> {
  const { parameters, system, deadline } = context
  const begun = deadline.remainingSeconds()
  const limit = Math.min(parameters.wfc_timeout, begun - RESERVE_SECONDS)
  for (;;) {
    const status = await statusOf(context)
    if (status === undefined) throw failed(`drbdadm reported success, but ${parameters.drbd_resource} is not up`)
    const waitedSeconds = begun - deadline.remainingSeconds()
    if (!isAttaching(status) && (isComplete(status) || waitedSeconds >= limit)) return
    await system.sleep(100, deadline.signal)
  }
}

/** Whether no peer remains to wait for: a connection that DRBD has dropped does not come back by itself. */
function isComplete({ peers }: DrbdStatus): boolean {
  return peers.every(peer => isConnected(peer) || peer.connection === 'StandAlone')
}
