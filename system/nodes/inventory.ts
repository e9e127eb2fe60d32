import { LVM_CONFIG } from '../block/lvm.ts'
import { isLvmName } from '../block/lvm-name.ts'
import type { Json } from '../json.ts'
import type { System } from '../system.ts'
import { parseAnswer } from './answer.ts'
import { drbdadmOn } from './drbd/drbdadm.ts'
import { lvmRows, numberIn, parseJsonAnswer, textIn } from './json.ts'
import { COMMAND_NOT_FOUND, runOn } from './ssh.ts'

const READ_ONLY = { looks: true, timeoutSeconds: 20 } as const

/** A volume group with its volumes, sizes in bytes. */
export interface SurveyedGroup {
  readonly name: string
  readonly freeBytes: number
  readonly extentBytes: number
  readonly volumes: Readonly<Record<string, number>>
}

/** All volume groups and volumes of a node whose names vhacs can use; empty where LVM is not installed. */
export async function volumeGroups(system: System, node: string): Promise<SurveyedGroup[]> {
  const report = ['--reportformat', 'json', '--units', 'b', '--nosuffix', ...LVM_CONFIG]
  const options = { ...READ_ONLY, accepted: [0, COMMAND_NOT_FOUND] }
  const [groups, volumes] = await Promise.all([
    runOn(system, node, ['vgs', '-o', 'vg_name,vg_free,vg_extent_size', ...report], options),
    runOn(system, node, ['lvs', '-o', 'vg_name,lv_name,lv_size', ...report], options),
  ])
  if (groups.status === COMMAND_NOT_FOUND || volumes.status === COMMAND_NOT_FOUND) return []
  const all = parseJsonAnswer(volumes, value => lvmRows(value, 'lv').flatMap(volumeIn))
  const found = parseJsonAnswer(groups, value => lvmRows(value, 'vg').flatMap(groupIn))
  const volumesOf = Map.groupBy(all, ({ group }) => group)
  return found.map(group => ({
    ...group,
    volumes: Object.fromEntries((volumesOf.get(group.name) ?? []).map(({ name, sizeBytes }) => [name, sizeBytes])),
  }))
}

function groupIn(row: Json): Omit<SurveyedGroup, 'volumes'>[] {
  const name = textIn(row, 'vg_name')
  if (!isLvmName(name)) return []
  return [{ name, freeBytes: numberIn(row, 'vg_free'), extentBytes: numberIn(row, 'vg_extent_size') }]
}

function volumeIn(row: Json) {
  const [group, name] = [textIn(row, 'vg_name'), textIn(row, 'lv_name')]
  return isLvmName(name) ? [{ group, name, sizeBytes: numberIn(row, 'lv_size') }] : []
}

/** Exit status of ls when a directory does not exist. */
const NO_DIRECTORY = 2

/** Names of the files in /etc/drbd.d on a node; empty where DRBD is not installed. */
export async function drbdFiles(system: System, node: string): Promise<string[]> {
  const options = { ...READ_ONLY, accepted: [0, NO_DIRECTORY] }
  const { stdout } = await runOn(system, node, ['ls', '-1', '/etc/drbd.d'], options)
  return stdout.split('\n').filter(name => name !== '')
}

/**
 * The result of `parse` for the complete DRBD configuration of a node as drbdadm's XML, which is empty where DRBD is not installed.
 * `parse` throws a RangeError for anything else.
 */
export async function drbdConfiguration<T>(system: System, node: string, parse: (xml: string) => T): Promise<T> {
  const options = { ...READ_ONLY, accepted: [0, COMMAND_NOT_FOUND] }
  const finished = await drbdadmOn(system, node, ['dump-xml'], options)
  return finished.status === 0 ? parseAnswer(finished, parse) : parse('<config/>')
}
