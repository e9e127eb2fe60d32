import { errorText } from '../error-text.ts'
import { exists, listNames } from '../files.ts'
import { hasCode, ifPresent, isNotFound, type System, ToolFailed } from '../system.ts'
import { newRecord } from './iscsiadm.ts'
import { linkToRun, removeLinkToRun } from './records-in-run.ts'

/*
 * Node records of open-iscsi: the settings of a login, one file for each target, portal and interface. Secrets and settings
 * are written to the file directly: `iscsiadm -o update` takes them as arguments, which every user of the node can read.
 */

/** By name as in iscsid.conf; undefined removes a setting. */
export type Settings = Readonly<Record<string, string | undefined>>

/** Where iscsiadm has its records: Debian 12 below the first, Debian 13 below the second. */
export const DATABASES = ['/etc/iscsi', '/var/lib/iscsi']

/** Whether a record of this target at this portal exists, by which others could log in. */
export function hasRecord(system: System, iqn: string, portal: string): boolean {
  return placesOf(system, iqn, portal).some(({ file }) => exists(system, file))
}

/** Whether the directory of a target exists without any record, as a killed iscsiadm can leave it. */
export function hasEmptyDirectory(system: System, iqn: string): boolean {
  return DATABASES.map(database => `${database}/nodes/${iqn}`).some(
    directory => exists(system, directory) && listNames(system, directory).length === 0,
  )
}

/** Whether the records of this target at this portal cause no automatic login, as at boot. */
export function isStartupManual(system: System, iqn: string, portal: string): boolean {
  const texts = placesOf(system, iqn, portal).flatMap(({ file }) => ifPresent(() => system.read(file)) ?? [])
  return texts.every(text => STARTUPS.every(name => valueIn(text, name) === 'manual'))
}

const STARTUPS = ['node.startup', 'node.conn[0].startup']

function valueIn(record: string, name: string): string | undefined {
  const line = record.split('\n').find(candidate => candidate.split('=', 1)[0]?.trim() === name)
  return line?.slice(line.indexOf('=') + 1).trim()
}

/**
 * Creates the record for one portal in place of an existing one: another program's record has other settings, and iscsiadm
 * can neither use nor replace one that is empty or damaged. Where it cannot be created, as on a full file system, it is created in
 * /run: a mount must be able to move whatever has filled the disk. Returns the reason then.
 * @throws ToolFailed when iscsiadm cannot create it.
 */
export async function createRecord(
  system: System,
  at: Portal,
  settings: Settings,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { iqn, portal } = at
  await removeRecord(system, iqn, portal)
  try {
    await makeRecord(system, at, settings, signal)
    return undefined
  } catch (error) {
    signal.throwIfAborted()
    await removeRecord(system, iqn, portal)
    if (!(await linkToRun(system, directoriesOf(system, iqn), iqn))) throw error
    try {
      await makeRecord(system, at, settings, signal)
      return errorText(error)
    } catch {
      signal.throwIfAborted()
      await removeRecord(system, iqn, portal)
      throw error
    }
  }
}

async function makeRecord(
  system: System,
  { iqn, portal }: Portal,
  settings: Settings,
  signal: AbortSignal,
): Promise<void> {
  const finished = await newRecord(system, iqn, portal, signal)
  const places = placesOf(system, iqn, portal).filter(({ file }) => exists(system, file))
  if (finished.status !== 0) throw new ToolFailed(finished)
  if (places.length === 0)
    throw new Error(`iscsiadm did not create a record below ${DATABASES.join(' or ')}: ${finished.command}`)
  for (const { directory, file } of places) {
    const temporary = `${directory}/${temporaryName(portal)}`
    await system.write(temporary, withSettings(system.read(file), settings), { permissions: 0o600 })
    await system.rename(temporary, file)
  }
}

export interface Portal {
  readonly iqn: string
  readonly portal: string
}

/** Removes all parts of a record, of ours or of a discovery; one for another interface remains. */
export async function removeRecord(system: System, iqn: string, portal: string): Promise<void> {
  const remove = (path: string) => ignoring(isNotFound, () => system.remove(path))
  // before the record, so that an interrupted stop can be recognised
  for (const database of DATABASES) await remove(`${database}/nodes/${iqn}/${temporaryName(portal)}`)
  for (const { path, file } of placesOf(system, iqn, portal)) {
    await remove(file)
    if (path !== file) await removeIfEmpty(system, path)
  }
  for (const database of DATABASES) {
    await removeDirectoryOrLink(system, `${database}/nodes/${iqn}`)
    for (const link of discoveryLinks(system, database, iqn, portal)) await remove(link)
  }
}

/** The text of a record with these settings changed. */
export function withSettings(record: string, settings: Settings): string {
  const isKept = (line: string) => !Object.hasOwn(settings, line.split('=', 1)[0]?.trim() ?? '')
  const lines = record.split('\n').filter(line => line !== '' && !line.startsWith('#') && isKept(line))
  const ours = Object.entries(settings).flatMap(([name, value]) => (value === undefined ? [] : [`${name} = ${value}`]))
  return ['# BEGIN RECORD', ...lines, ...ours, '# END RECORD', ''].join('\n')
}

/** Where the directory of a target may be, in the databases that exist. */
function directoriesOf(system: System, iqn: string): string[] {
  return DATABASES.map(database => `${database}/nodes`)
    .filter(folder => exists(system, folder))
    .map(folder => `${folder}/${iqn}`)
}

interface Place {
  /** The target's directory. */
  readonly directory: string
  /** The portal's file or directory. */
  readonly path: string
  readonly file: string
}

/** ADDRESS,PORT is the record itself; a discovery creates ADDRESS,PORT,TPGT/INTERFACE. */
function placesOf(system: System, iqn: string, portal: string): Place[] {
  return DATABASES.flatMap(database => {
    const directory = `${database}/nodes/${iqn}`
    const names = listNames(system, directory).filter(name => isOf(portal, name))
    return names.map(name => {
      const path = `${directory}/${name}`
      const isDirectory = ifPresent(() => system.stat(path))?.kind === 'directory'
      return { directory, path, file: isDirectory ? `${path}/default` : path }
    })
  })
}

function isOf(portal: string, name: string): boolean {
  const prefix = addressAndPort(portal).join(',')
  return name === prefix || name.startsWith(`${prefix},`)
}

/** iscsiadm ignores names without a comma in a target's directory. */
function temporaryName(portal: string): string {
  return `.new-${addressAndPort(portal).join('-')}`
}

/** The parts of a portal, an IPv6 address without its brackets. */
export function addressAndPort(portal: string): [string, string] {
  const separator = portal.lastIndexOf(':')
  return [portal.slice(0, separator).replace(/^\[|\]$/g, ''), portal.slice(separator + 1)]
}

/** The links of discoveries to the records that they created. */
function discoveryLinks(system: System, database: string, iqn: string, portal: string): string[] {
  const folder = `${database}/send_targets`
  const prefix = `${iqn},${addressAndPort(portal).join(',')},`
  return listNames(system, folder).flatMap(discovered =>
    listNames(system, `${folder}/${discovered}`)
      .filter(name => name.startsWith(prefix) && name.endsWith(',default'))
      .map(name => `${folder}/${discovered}/${name}`),
  )
}

/** Unless there are other records in it. */
async function removeDirectoryOrLink(system: System, path: string): Promise<void> {
  if (!(await removeLinkToRun(system, path))) await removeIfEmpty(system, path)
}

function removeIfEmpty(system: System, path: string): Promise<void> {
  return ignoring(
    error => isNotFound(error) || hasCode(error, 'ENOTEMPTY', 'EEXIST'),
    () => system.removeDirectory(path),
  )
}

async function ignoring(isExpected: (error: unknown) => boolean, act: () => Promise<void>): Promise<void> {
  try {
    await act()
  } catch (error) {
    if (!isExpected(error)) throw error
  }
}
