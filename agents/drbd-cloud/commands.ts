import { failed, OcfError } from '../../ocf/exit.ts'
import { configuredMinors } from '../../system/drbd/config/config.ts'
import { DrbdConfigError, DrbdConfigUnclear } from '../../system/drbd/config/syntax.ts'
import { minorInPath } from '../../system/drbd/device-minor.ts'
import { drbdExit, drbdsetup, lockHolder, runDrbdadm } from '../../system/drbd/drbdadm.ts'
import type { DrbdStatus } from '../../system/drbd/status.ts'
import { type Finished, ifPresent, type System, ToolMissing } from '../../system/system.ts'
import { failureOf, failureText } from './failure.ts'
import type { DrbdContext } from './parameters.ts'

/*
 * The commands that change DRBD. For a resource that is changed by its minors, drbdadm changes the role of those that the
 * configuration assigns to it, even if they belong to another resource in the kernel. So it is used only where the two agree.
 */

/** Uses only drbdadm: with a configuration that drbdadm refuses, DRBD would be without its handlers. @throws OcfError */
export async function makePrimary(context: DrbdContext, status: DrbdStatus): Promise<Finished> {
  const { parameters, system, deadline } = context
  const { drbd_resource: name } = parameters
  if (!(await isConfiguredAs(context, status)))
    throw failed(
      `${name} is minor ${minorsOf(status).join(', ')} in DRBD, but not in the configuration: run "drbdadm down ${name}; drbdadm up ${name}"`,
    )
  return runDrbdadm(system, ['primary', name], { signal: deadline.signal })
}

/** Uses drbdadm or, if that refuses or would change another resource, drbdsetup. */
export async function makeSecondary(context: DrbdContext, status: DrbdStatus): Promise<Finished> {
  const { parameters, system, log, deadline } = context
  const { drbd_resource: name } = parameters
  const objects = status.isChangedByName ? [name] : minorsOf(status).map(String)
  const setup = objects.map(object => ['secondary', object])
  if (await mayUseDrbdadm(context, status)) return runWithFallback(context, ['secondary', name], setup)
  log.warn(`${name} is minor ${minorsOf(status).join(', ')} in DRBD, but not in the configuration; using drbdsetup`)
  return runAll(setup, args => system.run(drbdsetup, args, { signal: deadline.signal }))
}

/**
 * Whether drbdadm would demote the minors that the resource has; false if that cannot be determined, because that must not fail a
 * demote.
 */
async function mayUseDrbdadm(context: DrbdContext, status: DrbdStatus): Promise<boolean> {
  try {
    return await isConfiguredAs(context, status)
  } catch (error) {
    if (!(error instanceof OcfError || error instanceof ToolMissing)) throw error
    context.log.warn(error.message)
    return false
  }
}

/** Whether drbdadm would act on the minors that the resource has; true also if it would refuse to act. */
async function isConfiguredAs(context: DrbdContext, status: DrbdStatus): Promise<boolean> {
  const { parameters, system } = context
  if (status.isChangedByName) return true
  try {
    const configured = configuredMinors(system, parameters.drbd_resource)
    return configured === undefined || isSame(configured, minorsOf(status))
  } catch (error) {
    if (!(error instanceof DrbdConfigError)) throw error
    if (!(error instanceof DrbdConfigUnclear)) return true
    const minors = (await askForDevices(context)).map(device => minorOfDevice(system, device))
    return isSame(minors, minorsOf(status))
  }
}

/** The devices that drbdadm reports for the resource on this node. @throws OcfError */
export async function askForDevices({ parameters, system, deadline }: DrbdContext): Promise<string[]> {
  const { drbd_resource: name } = parameters
  const finished = await runDrbdadm(system, ['sh-dev', name], { signal: deadline.signal, looks: true })
  if (finished.status !== drbdExit.success) throw failureOf(system, name, finished)
  return finished.stdout.split('\n').filter(line => line.trim() !== '')
}

const minorsOf = ({ minor, furtherMinors = [] }: DrbdStatus) => [minor, ...furtherMinors]

function isSame(some: readonly number[], others: readonly number[]): boolean {
  return some.length === others.length && some.every(one => others.includes(one))
}

/** The minor of /dev/drbd0, or of a device with a name of its own, /dev/drbd_c0. */
function minorOfDevice(system: System, device: string): number {
  const named = ifPresent(() => system.stat(device))?.device?.split(':')[1]
  return minorInPath(device) ?? Number(named ?? Number.NaN)
}

/** Falls back to drbdsetup, which uses the kernel directly, because drbdadm needs a valid configuration of all resources. */
export async function runWithFallback(
  { system, deadline, log }: DrbdContext,
  args: readonly string[],
  setup: readonly (readonly string[])[],
): Promise<Finished> {
  let refusal: string
  try {
    const finished = await runDrbdadm(system, args, { signal: deadline.signal })
    if (finished.status === drbdExit.success || isTransient(finished)) return finished
    refusal = failureText(finished)
  } catch (error) {
    if (!(error instanceof ToolMissing)) throw error
    refusal = error.message
  }
  log.warn(`${refusal}; using drbdsetup instead`)
  return runAll(setup, setupArgs => system.run(drbdsetup, setupArgs, { signal: deadline.signal }))
}

/** Runs the commands until one fails; returns the last one that ran. */
async function runAll(
  [first = [], ...others]: readonly (readonly string[])[],
  run: (args: readonly string[]) => Promise<Finished>,
): Promise<Finished> {
  let finished = await run(first)
  for (const args of others) if (finished.status === drbdExit.success) finished = await run(args)
  return finished
}

/** Whether the same command may succeed later. drbdadm kills its own commands after some seconds or minutes. */
export function isTransient(finished: Finished): boolean {
  const { status, stderr } = finished
  if (lockHolder(finished) !== undefined) return true
  if (status === undefined || status === drbdExit.stateChangeRefused || status === drbdExit.noUpToDateData) return true
  return status === drbdExit.execution && /did not terminate within/.test(stderr)
}
