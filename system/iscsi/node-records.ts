import { exists, listNames } from '../files.ts'
import { hasCode, ifPresent, isNotFound, type System, ToolFailed } from '../system.ts'
import { newRecord } from './iscsiadm.ts'

/*
 * Node records of open-iscsi: what it logs in with, one file for each target, portal and interface. Secrets and settings
 * are written into the file itself: `iscsiadm -o update` would take them as arguments, which every user of the node can read.
 */

/** By name as in iscsid.conf; undefined takes a setting out. */
export type Settings = Readonly<Record<string, string | undefined>>

/** Debian 12 keeps records below the first, Debian 13 below the second. */
const DATABASES = ['/etc/iscsi', '/var/lib/iscsi']

/** Whether there is a record of this target at this portal, which would let others log in to it. */
export function hasRecord(system: System, iqn: string, portal: string): boolean {
  return placesOf(system, iqn, portal).some(({ file }) => exists(system, file))
}

/** Whether an iscsiadm that was killed has left the directory of a target without any record. */
export function hasEmptyDirectory(system: System, iqn: string): boolean {
  return DATABASES.map(database => `${database}/nodes/${iqn}`).some(
    directory => exists(system, directory) && listNames(system, directory).length === 0,
  )
}

/** Whether nobody logs in by the records of this target at this portal unless asked to, as at boot. */
export function isStartupManual(system: System, iqn: string, portal: string): boolean {
  const texts = placesOf(system, iqn, portal).flatMap(({ file }) => ifPresent(() => system.read(file)) ?? [])
  return texts.every(text => STARTUPS.every(name => valueIn(text, name) === 'manual'))
}

const STARTUPS = ['node.startup', 'node.conn[0].startup']

function valueIn(record: string, name: string): string | undefined {
  const line = record.split('\n').find(candidate => candidate.split(/\s*=/)[0]?.trim() === name)
  return line?.slice(line.indexOf('=') + 1).trim()
}

/**
 * Makes the record for one portal, over whatever is there: a record that somebody else made has settings of his, and one
 * that is empty or damaged can be neither used nor replaced by iscsiadm.
 * @throws ToolFailed when iscsiadm cannot make it.
 */
export async function createRecord(system: System, at: Portal, settings: Settings, signal: AbortSignal): Promise<void> {
  const { iqn, portal } = at
  await removeRecord(system, iqn, portal)
  const finished = await newRecord(system, iqn, portal, signal)
  const places = placesOf(system, iqn, portal).filter(({ file }) => exists(system, file))
  if (finished.status !== 0) throw new ToolFailed(finished)
  if (places.length === 0)
    throw new Error(`iscsiadm made no record below ${DATABASES.join(' or ')}: ${finished.command}`)
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

/** Removes what is left of a record, of ours or of a discovery; one for another interface stays. */
export async function removeRecord(system: System, iqn: string, portal: string): Promise<void> {
  const remove = (path: string) => ignoring(isNotFound, () => system.remove(path))
  // before the record, by which a stop that was killed half-way is known
  for (const database of DATABASES) await remove(`${database}/nodes/${iqn}/${temporaryName(portal)}`)
  for (const { path, file } of placesOf(system, iqn, portal)) {
    await remove(file)
    if (path !== file) await removeIfEmpty(system, path)
  }
  for (const database of DATABASES) {
    await removeIfEmpty(system, `${database}/nodes/${iqn}`)
    for (const link of discoveryLinks(system, database, iqn, portal)) await remove(link)
  }
}

/** A record's text with other settings. */
export function withSettings(record: string, settings: Settings): string {
  const isKept = (line: string) => !Object.hasOwn(settings, line.split(/\s*=/)[0]?.trim() ?? '')
  const lines = record.split('\n').filter(line => line !== '' && !line.startsWith('#') && isKept(line))
  const ours = Object.entries(settings).flatMap(([name, value]) => (value === undefined ? [] : [`${name} = ${value}`]))
  return ['# BEGIN RECORD', ...lines, ...ours, '# END RECORD', ''].join('\n')
}

interface Place {
  /** The target's directory. */
  readonly directory: string
  /** The portal's file or directory. */
  readonly path: string
  readonly file: string
}

/** ADDRESS,PORT is the record itself; a discovery makes ADDRESS,PORT,TPGT/INTERFACE. */
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

/** iscsiadm passes over names in a target's directory that have no comma. */
function temporaryName(portal: string): string {
  return `.new-${addressAndPort(portal).join('-')}`
}

function addressAndPort(portal: string): [string, string] {
  const separator = portal.lastIndexOf(':')
  return [portal.slice(0, separator).replace(/^\[|\]$/g, ''), portal.slice(separator + 1)]
}

/** What a discovery keeps of the records that it made. */
function discoveryLinks(system: System, database: string, iqn: string, portal: string): string[] {
  const folder = `${database}/send_targets`
  const prefix = `${iqn},${addressAndPort(portal).join(',')},`
  return listNames(system, folder).flatMap(discovered =>
    listNames(system, `${folder}/${discovered}`)
      .filter(name => name.startsWith(prefix) && name.endsWith(',default'))
      .map(name => `${folder}/${discovered}/${name}`),
  )
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
