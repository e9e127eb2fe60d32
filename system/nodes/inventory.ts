import { LVM_CONFIG } from '../block/lvm.ts'
import type { System } from '../system.ts'
import { drbdadmOn } from './drbdadm.ts'
import { COMMAND_NOT_FOUND, runOn } from './ssh.ts'

const READ_ONLY = { looks: true, timeoutSeconds: 20 } as const

/** A volume group with its volumes, sizes in bytes. */
export interface SurveyedGroup {
  readonly name: string
  readonly freeBytes: number
  readonly extentBytes: number
  readonly volumes: Readonly<Record<string, number>>
}

/** All volume groups of a node; empty where LVM is not installed. */
export async function volumeGroups(system: System, node: string): Promise<SurveyedGroup[]> {
  const report = ['--reportformat', 'json', '--units', 'b', '--nosuffix', ...LVM_CONFIG]
  const options = { ...READ_ONLY, accepted: [0, COMMAND_NOT_FOUND] }
  const [groups, volumes] = await Promise.all([
    runOn(system, node, ['vgs', '-o', 'vg_name,vg_free,vg_extent_size', ...report], options),
    runOn(system, node, ['lvs', '-o', 'vg_name,lv_name,lv_size', ...report], options),
  ])
  if (groups.status === COMMAND_NOT_FOUND || volumes.status === COMMAND_NOT_FOUND) return []
  const lvs: { report: { lv: { vg_name: string; lv_name: string; lv_size: string }[] }[] } = JSON.parse(volumes.stdout)
  const vgs: { report: { vg: { vg_name: string; vg_free: string; vg_extent_size: string }[] }[] } = JSON.parse(
    groups.stdout,
  )
  const all = lvs.report.flatMap(({ lv }) => lv)
  return vgs.report
    .flatMap(({ vg }) => vg)
    .map(group => ({
      name: group.vg_name,
      freeBytes: Number(group.vg_free),
      extentBytes: Number(group.vg_extent_size),
      volumes: Object.fromEntries(
        all.filter(volume => volume.vg_name === group.vg_name).map(volume => [volume.lv_name, Number(volume.lv_size)]),
      ),
    }))
}

/** Exit status of ls when a directory does not exist. */
const NO_DIRECTORY = 2

/** Names of the files in /etc/drbd.d on a node; empty where DRBD is not installed. */
export async function drbdFiles(system: System, node: string): Promise<string[]> {
  const options = { ...READ_ONLY, accepted: [0, NO_DIRECTORY] }
  const { stdout } = await runOn(system, node, ['ls', '-1', '/etc/drbd.d'], options)
  return stdout.split('\n').filter(name => name !== '')
}

/** The complete configuration of DRBD on a node, as drbdadm's XML; an empty one where DRBD is not installed. */
export async function drbdConfiguration(system: System, node: string): Promise<string> {
  const { status, stdout } = await drbdadmOn(system, node, ['dump-xml'], {
    ...READ_ONLY,
    accepted: [0, COMMAND_NOT_FOUND],
  })
  return status === 0 ? stdout : '<config/>'
}
