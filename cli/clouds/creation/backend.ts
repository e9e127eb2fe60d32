import type { Cloud } from '../../../cloud/cloud.ts'
import { drbdDevice } from '../../../cloud/devices.ts'

import { LVM_CONFIG } from '../../../system/block/lvm.ts'
import { drbdadmOn } from '../../../system/nodes/drbdadm.ts'
import { runOn } from '../../../system/nodes/ssh.ts'
import type { System } from '../../../system/system.ts'

/*
 * The commands that make and remove what lies below a cloud on one storage node. Removing is only ever done to what
 * carries the mark of the run that made it, or what an operator asked to be destroyed.
 */

/** How the marks of all creations begin: tags of volumes. */
export const CREATION_MARK = 'vhacs_create_'

/** Makes the volume, wiped of old signatures, marked, and never activated by itself. */
export async function makeVolume(system: System, node: string, cloud: Cloud, sizeBytes: number, mark: string) {
  const size = ['--size', `${sizeBytes}b`, '--name', cloud.name, cloud.volumeGroup]
  const flags = ['--yes', '--wipesignatures', 'y', '--setautoactivation', 'n', '--addtag', mark]
  await runOn(system, node, ['lvcreate', '--quiet', ...flags, ...LVM_CONFIG, ...size])
}

/** Removes the volume if it carries the mark. */
export async function removeMarkedVolume(system: System, node: string, { name, volumeGroup }: Cloud, mark: string) {
  const which = `vg_name=${volumeGroup} && lv_name=${name} && lv_tags={${mark}}`
  await runOn(system, node, ['lvremove', '--quiet', '--yes', ...LVM_CONFIG, '--select', which])
}

/** Names of the volumes in the group. */
export async function volumesIn(system: System, node: string, volumeGroup: string): Promise<string[]> {
  const args = ['--noheadings', '-o', 'lv_name', ...LVM_CONFIG, volumeGroup] as const
  const { stdout } = await runOn(system, node, ['lvs', ...args], { looks: true })
  return stdout.split(/\s+/).filter(name => name !== '')
}

const DRBD_DIRECTORY = '/etc/drbd.d'
const resourceFile = (cloud: Pick<Cloud, 'name'>) => `${DRBD_DIRECTORY}/${cloud.name}.res`
/** Not one that drbdadm reads. */
const draftFile = (cloud: Pick<Cloud, 'name'>) => `${resourceFile(cloud)}.new`

/** Whether DRBD has a configuration of this name on the node already. */
export async function hasResourceFile(system: System, node: string, cloud: Pick<Cloud, 'name'>): Promise<boolean> {
  const { status } = await runOn(system, node, ['test', '-e', resourceFile(cloud)], { accepted: [0, 1], looks: true })
  return status === 0
}

/**
 * Writes the DRBD configuration; the caller has made sure that there was none. It is there as a whole or not at all:
 * every drbdadm, that of another cloud's agent too, reads all files and ends at what it cannot parse.
 */
export async function writeResourceFile(system: System, node: string, cloud: Cloud, text: string) {
  await runOn(system, node, ['dd', 'status=none', 'conv=fsync', `of=${draftFile(cloud)}`], { input: text })
  await runOn(system, node, ['mv', '-T', draftFile(cloud), resourceFile(cloud)])
  await runOn(system, node, ['sync', DRBD_DIRECTORY])
}

/** Makes DRBD's meta-data at the end of the volume. */
export async function makeMetadata(system: System, node: string, { name }: Cloud) {
  await drbdadmOn(system, node, ['create-md', '--force', name])
}

export async function bringUp(system: System, node: string, { name }: Cloud) {
  await runOn(system, node, ['modprobe', 'drbd'])
  await drbdadmOn(system, node, ['adjust', name])
}

export async function takeDown(system: System, node: string, { name }: Cloud) {
  await drbdadmOn(system, node, ['down', name])
}

/**
 * Declares the two new, empty sides equal, so that nothing is copied, and makes the file system on one of them.
 * errors=remount-ro: after an error the file system must be seen to have failed, not go on damaging itself.
 */
export async function makeFilesystem(system: System, node: string, cloud: Cloud) {
  const { name } = cloud
  await drbdadmOn(system, node, ['wait-connect', name], { within: 60 })
  await drbdadmOn(system, node, ['new-current-uuid', '--clear-bitmap', `${name}/0`])
  await drbdadmOn(system, node, ['primary', name])
  const label = name.slice(0, 16)
  const mkfs: [string, ...string[]] = ['mkfs.ext3', '-q', '-e', 'remount-ro', '-L', label, drbdDevice(cloud.minor)]
  await runOn(system, node, mkfs, { timeoutSeconds: 600 })
  await drbdadmOn(system, node, ['secondary', name])
}

export async function deactivateVolume(system: System, node: string, { name, volumeGroup }: Cloud) {
  await runOn(system, node, ['lvchange', '--activate', 'n', ...LVM_CONFIG, `${volumeGroup}/${name}`])
}

/** Removes DRBD's configuration and the volume, with all data on it; no signature is left for whoever gets the space. */
export async function removeBackend(system: System, node: string, cloud: Cloud) {
  await removeResource(system, node, cloud)
  if (!(await volumesIn(system, node, cloud.volumeGroup)).includes(cloud.name)) return
  const volume = `${cloud.volumeGroup}/${cloud.name}`
  await runOn(system, node, ['lvchange', '--activate', 'y', ...LVM_CONFIG, volume])
  await runOn(system, node, ['wipefs', '--all', '--quiet', `/dev/${volume}`])
  await runOn(system, node, ['lvremove', '--quiet', '--yes', ...LVM_CONFIG, `${cloud.volumeGroup}/${cloud.name}`])
}

/** How an operator does the same by hand, on a node on which the cluster has nothing of the cloud running. */
export function removalText({ name, volumeGroup }: Cloud): string {
  return `when it is back, "rm ${resourceFile({ name })}; lvremove ${volumeGroup}/${name}" there removes them`
}

/** Undoes writeResourceFile and what needed it. */
export async function removeResource(system: System, node: string, cloud: Cloud) {
  await runOn(system, node, ['rm', '-f', draftFile(cloud)])
  if (!(await hasResourceFile(system, node, cloud))) return
  try {
    await takeDown(system, node, cloud)
  } finally {
    // a file that DRBD does not accept keeps every other resource of the node from being managed
    await runOn(system, node, ['rm', '-f', resourceFile(cloud)])
  }
}
