import { listNames } from '../files.ts'
import { hasCode, ifPresent, runToSuccess, type System } from '../system.ts'
import { allConfiguredMinors, configuredMinors, DrbdConfigError, parseDrbdConfig } from './config.ts'
import { drbdsetup } from './drbdadm.ts'
import { procDrbd } from './proc-drbd.ts'

const DEBUGFS = '/sys/kernel/debug/drbd'

/**
 * Minor number of a resource's first volume in DRBD 8.4; undefined when nothing on this node shows it.
 * /proc/drbd has no names. The kernel's own map is in debugfs; where that does not show the owner of a minor, the configuration
 * does, or udev's link, which remains when the configuration was removed or damaged.
 */
export function minorOf(system: System, resource: string): number | undefined {
  const owners = minorOwners(system)
  const own = [...owners].find(([, owner]) => owner === resource)?.[0]
  if (own !== undefined) return own
  const minor = configuredMinor(system, resource) ?? linkedMinor(system, resource)
  return minor !== undefined && owners.has(minor) ? undefined : minor
}

/** Whether one of the minors has no owner, according to debugfs and the configuration. */
export function isAnyUnclaimed(system: System, minors: Iterable<number>): boolean {
  const owners = minorOwners(system)
  const unnamed = [...minors].filter(minor => !owners.has(minor))
  if (unnamed.length === 0) return false
  const configured = readableConfig(() => allConfiguredMinors(system)) ?? []
  return unnamed.some(minor => !configured.includes(minor))
}

/**
 * Minor number of a resource's first volume, from DRBD 8.4 itself; undefined when the resource is not up.
 * Runs `drbdsetup show all`, which reads no configuration. Not `show NAME`: it takes some names for those of minors, and fails
 * for unknown ones.
 * @throws Error when it lists no resource although a minor exists, which must belong to one.
 */
export async function minorByDrbdsetup(
  system: System,
  resource: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { stdout } = await runToSuccess(system, drbdsetup, ['show', 'all'], { signal, looks: true })
  const resources = parseDrbdConfig(stdout).filter(({ words }) => words[0] === 'resource')
  // the last minor may have been removed in the meantime
  if (resources.length === 0 && (procDrbd(system)?.minors.size ?? 0) > 0)
    throw new Error(`drbdsetup show all: unexpected output ${JSON.stringify(stdout.trim().slice(0, 60))}`)
  const found = resources.find(({ words }) => words[1] === resource)
  const host = found?.children.find(({ words }) => words[0] === '_this_host')
  const [volume] = (host?.children ?? []).filter(({ words }) => words[0] === 'volume')
  const device = volume?.children.find(({ words }) => words[0] === 'device' && words[1] === 'minor')
  return device === undefined ? undefined : Number(device.words[2])
}

/**
 * The resource that owns a minor in the kernel; undefined when debugfs does not show it.
 * Reads the link /sys/kernel/debug/drbd/minors/<minor>, which leads to ../resources/<resource>/volumes/<volume>.
 */
export function minorOwner(system: System, minor: number): string | undefined {
  return minorOwners(system).get(minor)
}

function minorOwners(system: System): ReadonlyMap<number, string> {
  const names = readable(() => listNames(system, `${DEBUGFS}/minors`)) ?? []
  const owners = names.flatMap((name): [number, string][] => {
    const target = readable(() => system.readLink(`${DEBUGFS}/minors/${name}`))
    const owner = /resources\/([^/]+)\/volumes\/\d+$/.exec(target ?? '')?.[1]
    return owner === undefined ? [] : [[Number(name), owner]]
  })
  return new Map(owners)
}

/** debugfs need not be mounted, and a locked-down kernel denies access to it. */
function readable<T>(read: () => T): T | undefined {
  try {
    return ifPresent(read)
  } catch (error) {
    if (hasCode(error, 'EACCES', 'EPERM')) return undefined
    throw error
  }
}

function configuredMinor(system: System, resource: string): number | undefined {
  return readableConfig(() => configuredMinors(system, resource))?.[0]
}

function readableConfig<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof DrbdConfigError) return undefined
    throw error
  }
}

function linkedMinor(system: System, resource: string): number | undefined {
  const target = ifPresent(() => system.readLink(`/dev/drbd/by-res/${resource}/0`))
  const minor = /drbd(\d+)$/.exec(target ?? '')?.[1]
  return minor === undefined ? undefined : Number(minor)
}
