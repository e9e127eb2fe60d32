import { configuredMinors, DrbdConfigError } from './drbd-config.ts'
import { namesIn } from './files.ts'
import { hasCode, ifPresent, type System } from './system.ts'

const DEBUGFS = '/sys/kernel/debug/drbd'

/**
 * Minor number of a resource's first volume in DRBD 8.4; undefined when nothing on this node tells it.
 * /proc/drbd has no names. The kernel's own map is in debugfs; where that does not say whose a minor is, the configuration
 * does, or udev's link, which outlives a configuration that was taken away or damaged.
 */
export function minorOf(system: System, resource: string): number | undefined {
  const owners = minorOwners(system)
  const own = [...owners].find(([, owner]) => owner === resource)?.[0]
  if (own !== undefined) return own
  const minor = configuredMinor(system, resource) ?? linkedMinor(system, resource)
  return minor !== undefined && owners.has(minor) ? undefined : minor
}

/**
 * The resource that has a minor in the kernel; undefined when debugfs does not tell.
 * Reads the link /sys/kernel/debug/drbd/minors/<minor>, which leads to ../resources/<resource>/volumes/<volume>.
 */
export function minorOwner(system: System, minor: number): string | undefined {
  return minorOwners(system).get(minor)
}

function minorOwners(system: System): ReadonlyMap<number, string> {
  const names = readable(() => namesIn(system, `${DEBUGFS}/minors`)) ?? []
  const owners = names.flatMap((name): [number, string][] => {
    const target = readable(() => system.readLink(`${DEBUGFS}/minors/${name}`))
    const owner = /resources\/([^/]+)\/volumes\/\d+$/.exec(target ?? '')?.[1]
    return owner === undefined ? [] : [[Number(name), owner]]
  })
  return new Map(owners)
}

/** debugfs need not be mounted, and a locked-down kernel keeps it to itself. */
function readable<T>(read: () => T): T | undefined {
  try {
    return ifPresent(read)
  } catch (error) {
    if (hasCode(error, 'EACCES', 'EPERM')) return undefined
    throw error
  }
}

function configuredMinor(system: System, resource: string): number | undefined {
  try {
    return configuredMinors(system, resource)?.[0]
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
