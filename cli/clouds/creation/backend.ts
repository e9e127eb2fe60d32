import type { Cloud } from '../../../cloud/cloud.ts'
import { drbdDevice } from '../../../cloud/devices.ts'
import { LVM_CONFIG } from '../../../system/block/lvm.ts'
import { resourceFile } from '../../../system/drbd/config/files.ts'
import { drbdadmOn, takeDownInKernel } from '../../../system/nodes/drbd/drbdadm.ts'
import { runOn } from '../../../system/nodes/ssh.ts'
import { type System, ToolFailed } from '../../../system/system.ts'
import { noteFiles, sideNoteFiles } from './note-files.ts'
import { hasResourceFile, removeDraftAndNotes, removeResourceFile } from './resource-file.ts'

/*
 * The commands that create and remove the volume and the DRBD resource of a cloud on one storage node. They only remove objects
 * that carry the mark of the run that created them, or that an operator asked to destroy.
 */

/** The prefix of all marks; a mark is a tag of the volume. */
export const CREATION_MARK = 'vhacs_create_'

/** Creates the volume: wiped of old signatures, marked, without autoactivation. */
export async function createVolume(system: System, node: string, cloud: Cloud, sizeBytes: number, mark: string) {
  const size = ['--size', `${sizeBytes}b`, '--name', cloud.name, '--', cloud.volumeGroup]
  const flags = ['--yes', '--wipesignatures', 'y', '--setautoactivation', 'n', '--addtag', mark]
  await runOn(system, node, ['lvcreate', '--quiet', ...flags, ...LVM_CONFIG, ...size])
}

/** Removes the volume if it carries the mark. */
export async function removeMarkedVolume(system: System, node: string, { name, volumeGroup }: Cloud, mark: string) {
  const which = `vg_name=${volumeGroup} && lv_name=${name} && lv_tags={${mark}}`
  await runOn(system, node, ['lvremove', '--quiet', '--yes', ...LVM_CONFIG, '--select', which])
}

/** Names of the volumes in the group. */
export async function volumeNames(system: System, node: string, volumeGroup: string): Promise<string[]> {
  const args = ['--noheadings', '-o', 'lv_name', ...LVM_CONFIG, '--', volumeGroup] as const
  const { stdout } = await runOn(system, node, ['lvs', ...args], { looks: true })
  return stdout.split(/\s+/).filter(name => name !== '')
}

/** Creates DRBD's meta-data at the end of the volume. */
export async function createMetadata(system: System, node: string, { name }: Cloud) {
  await drbdadmOn(system, node, ['create-md', '--force', name])
}

export async function bringUp(system: System, node: string, { name }: Cloud) {
  await runOn(system, node, ['modprobe', 'drbd'])
  await drbdadmOn(system, node, ['adjust', name])
}

export async function takeDown(system: System, node: string, { name }: Cloud) {
  await drbdadmOn(system, node, ['down', name])
}

/** The same, whatever the state of its configuration: if drbdadm fails, by the resource's name in the kernel. */
async function takeDownAnyway(system: System, node: string, cloud: Cloud) {
  try {
    await takeDown(system, node, cloud)
  } catch (error) {
    if (!(error instanceof ToolFailed) || !(await takeDownInKernel(system, node, cloud.name))) throw error
  }
}

/** How long the sides of a new storage may take to connect. */
const CONNECT_SECONDS = 60

/**
 * Declares the new, empty sides equal, so that nothing is synchronised, and makes one of them primary.
 * All must be connected with each other: a side that learns of the new generation later would be synchronised as a whole.
 */
export async function makePrimary(system: System, node: string, { name, storageNodes }: Cloud) {
  // a side waits for all others, so the last of them has nobody left to wait for
  for (const waiting of [node, ...storageNodes.filter(other => other !== node).slice(0, -1)])
    await drbdadmOn(system, waiting, ['wait-connect', name], { within: CONNECT_SECONDS })
  await drbdadmOn(system, node, ['new-current-uuid', '--clear-bitmap', `${name}/0`])
  await drbdadmOn(system, node, ['primary', name])
}

export async function makeSecondary(system: System, node: string, { name }: Cloud) {
  await drbdadmOn(system, node, ['secondary', name])
}

/** Creates an empty file system. errors=remount-ro: an error must show as a failure of the file system, and must not damage it further. */
export async function createFilesystem(system: System, node: string, cloud: Cloud) {
  await makePrimary(system, node, cloud)
  const device = drbdDevice(cloud.minor)
  const mkfs: [string, ...string[]] = ['mkfs.ext3', '-q', '-e', 'remount-ro', '-L', labelOf(cloud), device]
  await runOn(system, node, mkfs, { timeoutSeconds: 600 })
  await makeSecondary(system, node, cloud)
}

/** The label of its file system, of at most 16 bytes. */
export function labelOf({ name }: Cloud): string {
  return name.slice(0, 16)
}

export async function deactivateVolume(system: System, node: string, { name, volumeGroup }: Cloud) {
  await runOn(system, node, ['lvchange', '--activate', 'n', ...LVM_CONFIG, '--', `${volumeGroup}/${name}`])
}

/** Removes DRBD's configuration, the volume with all its data, and the signatures, which could reappear in a later volume. */
export async function removeBackend(system: System, node: string, cloud: Cloud) {
  await removeResource(system, node, cloud)
  if (!(await volumeNames(system, node, cloud.volumeGroup)).includes(cloud.name)) return
  await wipeVolume(system, node, cloud)
  await removeVolume(system, node, cloud)
}

/** The same for a side of a cloud that goes on. Its disk may not answer: then only the signatures stay. */
export async function removeSide(system: System, node: string, cloud: Cloud) {
  await removeResource(system, node, cloud, sideNoteFiles(cloud))
  await removeFailedVolume(system, node, cloud)
}

/** Removes the volume, if there is one, with all its data; the signatures only where its disk can be written to. */
export async function removeFailedVolume(system: System, node: string, cloud: Cloud) {
  if (!(await volumeNames(system, node, cloud.volumeGroup)).includes(cloud.name)) return
  await wipeVolume(system, node, cloud).catch((error: unknown) => {
    if (!(error instanceof ToolFailed)) throw error
  })
  await removeVolume(system, node, cloud)
}

async function wipeVolume(system: System, node: string, { name, volumeGroup }: Cloud) {
  await runOn(system, node, ['lvchange', '--activate', 'y', ...LVM_CONFIG, '--', `${volumeGroup}/${name}`])
  await runOn(system, node, ['wipefs', '--all', '--quiet', `/dev/${volumeGroup}/${name}`])
}

async function removeVolume(system: System, node: string, { name, volumeGroup }: Cloud) {
  await runOn(system, node, ['lvremove', '--quiet', '--yes', ...LVM_CONFIG, '--', `${volumeGroup}/${name}`])
}

/** The commands to do the same by hand on a node that is back in the cluster. */
export function removalText({ name, volumeGroup }: Cloud): string {
  return `when it is back, remove them there with "rm ${resourceFile(name)}; lvremove ${volumeGroup}/${name}"`
}

/**
 * Takes DRBD down, and removes its configuration, with these notes of the agents. If an earlier attempt has removed only the configuration, DRBD
 * may still be up.
 */
export async function removeResource(system: System, node: string, cloud: Cloud, notes = noteFiles(cloud)) {
  await removeDraftAndNotes(system, node, cloud, notes)
  if (!(await hasResourceFile(system, node, cloud))) {
    await takeDownInKernel(system, node, cloud.name)
    return
  }
  try {
    await takeDownAnyway(system, node, cloud)
  } finally {
    // a file that drbdadm rejects would block the management of every other resource of the node
    await removeResourceFile(system, node, cloud)
  }
}
