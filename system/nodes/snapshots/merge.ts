import { LVM_CONFIG } from '../../block/lvm.ts'
import { snapshotTag } from '../../block/snapshot-tags.ts'
import type { System } from '../../system.ts'
import { parseAnswer } from '../answer.ts'
import { drbdadmOn } from '../drbd/drbdadm.ts'
import { runOn } from '../ssh.ts'
import { type Generations, parseGenerations } from './generations.ts'

/*
 * Going back to a snapshot on one node, where nothing uses the volume. LVM copies what has changed back into the origin; from the first
 * moment on the origin shows the content of the snapshot, and the snapshot is removed when all is copied. After a reset of the node, the
 * next activation goes on.
 */

/** lvmpolld would read the node's own configuration, and might not find the volume group. */
const POLLING_ITSELF = LVM_CONFIG.map(word => (word === '--config' ? word : `${word} global{use_lvmpolld=0}`))

/** As long as a large snapshot may take to be copied. */
const MERGE_SECONDS = 12 * 3600

/** Activates or deactivates a volume (`group/volume`) with its snapshots; an interrupted merge goes on when it is activated. */
export async function setActive(system: System, node: string, volume: string, isActive: boolean): Promise<void> {
  const flag = isActive ? 'y' : 'n'
  await runOn(system, node, ['lvchange', '--quiet', '--activate', flag, ...POLLING_ITSELF, '--', volume])
}

/**
 * Copies a snapshot (`group/volume`) back into its origin, which must be active and unused. This takes long if much has changed; if it is
 * interrupted, the kernel goes on.
 */
export async function mergeSnapshot(
  system: System,
  node: string,
  snapshot: string,
  signal: AbortSignal,
): Promise<void> {
  const command = [
    'lvconvert',
    '--quiet',
    '--yes',
    '--merge',
    '--interval',
    '1',
    ...POLLING_ITSELF,
    '--',
    snapshot,
  ] as const
  await runOn(system, node, [...command], { timeoutSeconds: MERGE_SECONDS, signal })
}

/** Notes on a volume that it is being rolled back: until that is removed, lvm-volume does not start it. */
export async function markRollback(system: System, node: string, volume: string, id: string): Promise<void> {
  await changeTag(system, node, ['--addtag', snapshotTag('rollback', id), volume])
}

export async function unmarkRollback(system: System, node: string, volume: string, id: string): Promise<void> {
  await changeTag(system, node, ['--deltag', snapshotTag('rollback', id), volume])
}

async function changeTag(system: System, node: string, [option = '', tag = '', volume = '']: readonly string[]) {
  await runOn(system, node, ['lvchange', '--quiet', option, tag, ...LVM_CONFIG, '--', volume])
}

/**
 * The generations of the data of a DRBD resource that is down; its volume must be active.
 * @throws ToolFailed, also for text of another form.
 */
export async function generationsOn(system: System, node: string, resource: string): Promise<Generations> {
  const finished = await drbdadmOn(system, node, ['get-gi', resource], { looks: true, timeoutSeconds: 30 })
  return parseAnswer(finished, parseGenerations)
}
