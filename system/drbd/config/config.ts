import { hostName } from '../../host-name.ts'
import type { System } from '../../system.ts'
import { procDrbd, showsState } from '../proc-drbd.ts'
import { MAIN_FILE, readConfig, resourceFile } from './files.ts'
import { DrbdConfigError, DrbdConfigUnclear, type Section } from './syntax.ts'

/**
 * Minor numbers of a resource's volumes on this node, empty when it is configured for other nodes only; undefined when it is not
 * configured. Reads the configuration files as drbdadm does, so that a monitor needs no process for them.
 * @throws DrbdConfigError, DrbdConfigUnclear where only drbdadm knows.
 * @see drbd.conf(5), "device"
 */
export function configuredMinors(system: System, resource: string): number[] | undefined {
  const found = configurationOf(system, resource)
  return found && minorsOf(found, hostName(system))
}

/** Minor numbers of all volumes that are configured on this node; a number is repeated if several resources have it. */
export function allConfiguredMinors(system: System): number[] {
  const host = hostName(system)
  return readConfig(system, MAIN_FILE)
    .filter(({ words }) => words[0] === 'resource')
    .flatMap(resource => minorsOf(resource, host))
}

/** The backing disk of a resource on this node; undefined where the configuration has none. */
export function configuredDisk(system: System, resource: string): string | undefined {
  const found = configurationOf(system, resource)
  return (found && diskOf(found, hostName(system))) || undefined
}

/** The backing disk of a resource on a node; empty where the section lacks it. */
export function diskOf(resource: Section, node: string): string {
  const statements = visibleOn(resource, node).filter(
    ({ words, children }) => words[0] === 'disk' && words.length === 2 && children.length === 0,
  )
  return statements[0]?.words[1] ?? ''
}

/** The other nodes that a resource is configured for, by name. */
export function configuredHosts(system: System, resource: string): string[] {
  const found = configurationOf(system, resource)
  return (found?.children ?? []).flatMap(({ words: [name, ...hosts] }) => (name === 'on' ? hosts : []))
}

/**
 * Where DRBD of this node listens for the peers of a resource, as `address:port`.
 * @see drbd.conf(5), "address"
 */
export function configuredAddresses(system: System, resource: string): string[] {
  const found = configurationOf(system, resource)
  return found ? addressesIn([found], hostName(system)) : []
}

/** The same for a node, in a parsed configuration. */
export function addressesIn(configuration: readonly Section[], host: string): string[] {
  const sections = configuration.flatMap(section => visibleOn(section, host))
  return sections.flatMap(({ words, children }) => {
    // `address 10.0.0.1:7800;` of a node, `host alpha address 10.0.0.1:7800;` in a connection
    const isOwn = words[0] === 'address' || (words[0] === 'host' && words[1] === host && words.includes('address'))
    const address = isOwn && children.length === 0 ? words.at(-1) : undefined
    return address === undefined ? [] : [address]
  })
}

/**
 * Whether DRBD 9 promotes a resource by itself as soon as its device is opened for writing: its default, unless the resource or the
 * common section has `auto-promote no`. False for DRBD 8.4, which never does.
 * @see drbd.conf(5), "auto-promote"
 */
export function promotesItself(system: System, resource: string): boolean {
  const proc = procDrbd(system)
  if (proc === undefined || showsState(proc)) return false
  const common = readConfig(system, MAIN_FILE).find(({ words }) => words[0] === 'common')
  const found = [configurationOf(system, resource), common].flatMap(
    section => section && (autoPromoteIn(section) ?? []),
  )
  return found[0] !== 'no'
}

/** The value of `auto-promote` in a section; undefined where it is not there. */
export function autoPromoteIn(section: Section): string | undefined {
  return resourceOption(section, 'auto-promote')
}

/** The value of an option of a resource (`options`) in its section; undefined where it is not there. */
export function resourceOption({ children }: Section, name: string): string | undefined {
  const options = children.filter(({ words }) => words[0] === 'options').flatMap(section => section.children)
  return options.find(({ words }) => words[0] === name)?.words[1]
}

/**
 * The options of the resource and of the common section, such as `after-sb-0pri discard-zero-changes`, by which DRBD would
 * resolve a split brain automatically.
 * @see drbd.conf(5), "Automatic split brain recovery"
 */
export function resolvingPolicies(system: System, resource: string): string[] {
  const common = readConfig(system, MAIN_FILE).filter(({ words }) => words[0] === 'common')
  const sections = [configurationOf(system, resource), ...common].filter(section => section !== undefined)
  const nets = sections.flatMap(({ children }) => children).filter(({ words }) => words[0] === 'net')
  const isResolving = ({ words: [option = '', value] }: Section) =>
    option.startsWith('after-sb-') && value !== 'disconnect'
  return nets.flatMap(({ children }) => children.filter(isResolving).map(({ words }) => words.join(' ')))
}

function configurationOf(system: System, resource: string): Section | undefined {
  for (const path of [resourceFile(resource), MAIN_FILE]) {
    const found = readConfig(system, path).find(({ words }) => words[0] === 'resource' && words[1] === resource)
    if (found) return found
  }
  return undefined
}

/** A section and all sections and statements below it, except those of other nodes. */
function visibleOn(section: Section, host: string): Section[] {
  const [name, ...names] = section.words
  if (name === 'ignore-on' || (name === 'on' && !names.includes(host))) return []
  return [section, ...section.children.flatMap(child => visibleOn(child, host))]
}

/**
 * Minor numbers of a resource's volumes on a node; empty when it is configured for other nodes only.
 * @throws DrbdConfigError for a device without one, DrbdConfigUnclear where only drbdadm knows.
 */
export function minorsOf(resource: Section, host: string): number[] {
  const { children } = resource
  const own = children.filter(({ words: [name, ...hosts] }) => name === 'on' && hosts.includes(host))
  if (own.length > 0) return [...new Set(volumesIn(children, own).values())]
  const named = children.filter(({ words }) => words[0] === 'on')
  const byAddress = children.filter(({ words: [name = ''] }) => ['floating', 'stacked-on-top-of'].includes(name))
  if (byAddress.length === 0) return named.length > 0 ? [] : [...new Set(volumesIn(children, []).values())]
  const [first, ...others] = byAddress.map(section => [...new Set(volumesIn(children, [section]).values())])
  if (first !== undefined && named.length === 0 && others.every(other => other.join() === first.join())) return first
  throw new DrbdConfigUnclear(
    `only drbdadm knows which "${byAddress[0]?.words[0]}" section of resource ${resource.words[1]} is this node's`,
  )
}

/** The minor of each volume: a node's own section overrides the resource's. */
function volumesIn(common: readonly Section[], own: readonly Section[]): Map<string, number> {
  const devices = [common, ...own.map(({ children }) => children)].flatMap(statements => [
    ...devicesIn('0', statements),
    ...statements.flatMap(({ words: [name, number = ''], children }) =>
      name === 'volume' ? devicesIn(number, children) : [],
    ),
  ])
  return new Map(devices)
}

function devicesIn(volume: string, statements: readonly Section[]): [string, number][] {
  return statements.flatMap(({ words, children }) =>
    words[0] === 'device' && children.length === 0 ? [[volume, minorIn(words)]] : [],
  )
}

/** `device /dev/drbd0`, `device minor 0` or `device /dev/drbd_c0 minor 0`. */
function minorIn(words: readonly string[]): number {
  const text = words.at(-2) === 'minor' ? words.at(-1) : words[1]?.replace(/^(\/dev\/)?drbd/, '')
  if (text === undefined || !/^\d+$/.test(text)) throw new DrbdConfigError(`no minor in "${words.join(' ')}"`)
  return Number(text)
}
