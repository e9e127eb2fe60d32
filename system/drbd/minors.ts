import { listNames } from '../files.ts'
import { hasCode, ifPresent, runToSuccess, type System, ToolMissing } from '../system.ts'
import { allConfiguredMinors, configuredMinors } from './config/config.ts'
import { DrbdConfigError, parseDrbdConfig, type Section } from './config/syntax.ts'
import { type Bound, drbdsetup } from './drbdadm.ts'
import { procDrbd } from './proc-drbd.ts'

/*
 * Maps a resource to its DRBD 8.4 minors. /proc/drbd contains no names. The kernel's own map is in debugfs, which may be missing or
 * locked down, and in the output of drbdsetup.
 */

const DEBUGFS = '/sys/kernel/debug/drbd'

/** The minors that are up on the node, and the resource whose minors are wanted. */
export interface Wanted {
  readonly resource: string
  readonly up: readonly number[]
}

/**
 * The minors of a resource that are up, from the kernel: from debugfs or, where that does not show the owner of a minor, from
 * drbdsetup. Where drbdsetup is not installed, which means that nothing can be changed either, from the configuration.
 */
export async function kernelMinors(system: System, wanted: Wanted, bound: Bound): Promise<number[]> {
  const { own, unowned } = shownByDebugfs(system, wanted)
  if (own.length > 0 || unowned.length === 0) return own
  try {
    return await shownByDrbdsetup(system, wanted, bound)
  } catch (error) {
    const expected = error instanceof ToolMissing ? ownAmong(system, wanted.resource, unowned) : undefined
    if (expected === undefined) throw error
    return expected
  }
}

/**
 * The same, but starts no process if debugfs or this node's configuration names the owner of each minor. The configuration only
 * shows the intended state, so no minor may be changed on its evidence.
 */
export async function expectedMinors(system: System, wanted: Wanted, bound: Bound): Promise<number[]> {
  return shownMinors(system, wanted) ?? shownByDrbdsetup(system, wanted, bound)
}

/** The same; undefined if neither names the owner of each minor. */
export function shownMinors(system: System, wanted: Wanted): number[] | undefined {
  const { own, unowned } = shownByDebugfs(system, wanted)
  if (own.length > 0 || unowned.length === 0) return own
  return ownAmong(system, wanted.resource, unowned)
}

function shownByDebugfs(system: System, { resource, up }: Wanted) {
  const owners = minorOwners(system)
  return {
    own: up.filter(minor => owners.get(minor) === resource),
    unowned: up.filter(minor => !owners.has(minor)),
  }
}

/** The minors that the configuration or udev's link assigns to the resource; undefined when neither shows it. */
function ownAmong(system: System, resource: string, minors: readonly number[]): number[] | undefined {
  const all = readableConfig(() => allConfiguredMinors(system))
  const isClaimedTwice = (minor: number) => (all ?? []).filter(other => other === minor).length > 1
  const configured = readableConfig(() => configuredMinors(system, resource)) ?? linkedMinors(system, resource)
  const own = minors.filter(minor => configured.includes(minor))
  if (own.length > 0) return own.some(isClaimedTwice) ? undefined : own
  return minors.every(minor => all?.includes(minor)) ? [] : undefined
}

/**
 * Minor number of a resource's first volume; undefined when nothing on this node shows it. For explanations only: where the
 * kernel's own map does not show it, the configuration is used, then udev's link, which remains when the configuration was removed
 * or damaged.
 */
export function minorOf(system: System, resource: string): number | undefined {
  const owners = minorOwners(system)
  const own = [...owners].find(([, owner]) => owner === resource)?.[0]
  if (own !== undefined) return own
  const configured = readableConfig(() => configuredMinors(system, resource)) ?? linkedMinors(system, resource)
  return configured.find(minor => !owners.has(minor))
}

/**
 * From DRBD 8.4 itself; empty when the resource is not up.
 * Runs `drbdsetup show all`, which reads no configuration. Not `show NAME`, which mistakes some names for those of minors, and
 * fails for unknown ones.
 * @throws Error when it lists no resource although a minor exists, which must belong to one.
 */
async function shownByDrbdsetup(system: System, { resource, up }: Wanted, { signal }: Bound): Promise<number[]> {
  const { stdout } = await runToSuccess(system, drbdsetup, ['show', 'all'], { signal, looks: true })
  const resources = parseDrbdConfig(stdout).filter(({ words }) => words[0] === 'resource')
  // the last minor may have been removed in the meantime
  if (resources.length === 0 && (procDrbd(system)?.minors.size ?? 0) > 0)
    throw new Error(`drbdsetup show all: unexpected output ${JSON.stringify(stdout.trim().slice(0, 60))}`)
  const found = resources.find(({ words }) => words[1] === resource)
  const hosts = (found?.children ?? []).filter(({ words }) => words[0] === '_this_host')
  const volumes = hosts.flatMap(({ children }) => children.filter(({ words }) => words[0] === 'volume'))
  return volumes.flatMap(minorIn).filter(minor => up.includes(minor))
}

/** `device minor 0;` in a volume. */
function minorIn({ children }: Section): number[] {
  return children.flatMap(({ words: [name, kind, number = ''] }) =>
    name === 'device' && kind === 'minor' && /^\d+$/.test(number) ? [Number(number)] : [],
  )
}

/**
 * The resource that owns a minor in the kernel; undefined when debugfs does not show it.
 * Reads the link /sys/kernel/debug/drbd/minors/<minor>, which leads to ../resources/<resource>/volumes/<volume>.
 */
export function minorOwner(system: System, minor: number): string | undefined {
  return minorOwners(system).get(minor)
}

/** All of them, by minor; empty when debugfs does not show them. */
export function minorOwners(system: System): ReadonlyMap<number, string> {
  const names = readable(() => listNames(system, `${DEBUGFS}/minors`)) ?? []
  const owners = names.flatMap((name): [number, string][] => {
    const target = readable(() => system.readLink(`${DEBUGFS}/minors/${name}`))
    const owner = /resources\/([^/]+)\/volumes\/\d+$/.exec(target ?? '')?.[1]
    return owner === undefined ? [] : [[Number(name), owner]]
  })
  // their names are sorted as text, not by number
  return new Map(owners.toSorted(([one], [other]) => one - other))
}

/**
 * The resources in the kernel, also those without a volume; undefined when debugfs does not show them.
 * Lists /sys/kernel/debug/drbd/resources.
 */
export function resourcesInDebugfs(system: System): readonly string[] | undefined {
  return readable(() => system.list(`${DEBUGFS}/resources`))
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

/** Undefined where only drbdadm can determine it. */
function readableConfig<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof DrbdConfigError) return undefined
    throw error
  }
}

function linkedMinors(system: System, resource: string): number[] {
  const target = ifPresent(() => system.readLink(`/dev/drbd/by-res/${resource}/0`))
  const minor = /drbd(\d+)$/.exec(target ?? '')?.[1]
  return minor === undefined ? [] : [Number(minor)]
}
