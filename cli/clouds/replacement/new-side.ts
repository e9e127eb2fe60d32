import { neededSecrets } from '../../../cloud/chap-files.ts'
import { vhostsAmong } from '../../../cloud/node-attributes.ts'
import { replacementMark } from '../../../system/nodes/disk/replacement-mark.ts'
import type { System } from '../../../system/system.ts'
import type { Step, Work } from '../../run/steps.ts'
import { completeSecrets } from '../chap/complete-secrets.ts'
import {
  createMetadata,
  createVolume,
  deactivateVolume,
  removeFailedVolume,
  removeMarkedVolume,
  removeResource,
} from '../creation/backend.ts'
import { sideNoteFiles } from '../creation/note-files.ts'
import { hasResourceFile, replaceResourceFile, writeResourceFile } from '../creation/resource-file.ts'
import type { Known } from './known.ts'
import type { BeginPlan } from './plan.ts'

/**
 * The steps that prepare a node that has no side yet; nothing there is used before the nodes of the cloud change. What an earlier call has
 * left is made again.
 * @throws RangeError for CHAP secrets that cannot be copied.
 */
export async function newNodeSteps(work: Work, plan: BeginPlan, { snapshot }: Known): Promise<Step[]> {
  const { system } = work
  const { after, from, to, isPrepared } = plan
  const needed = neededSecrets([after], vhostsAmong(snapshot.cluster.nodes))
  const secrets = await completeSecrets(system, needed, node => node === to)
  const mark = replacementMark(from)
  return [
    ...secrets.steps,
    {
      ...volumeStep(system, plan, async () => {
        if (!isPrepared) return
        await removeResource(system, to, after, sideNoteFiles(after))
        await removeMarkedVolume(system, to, after, mark)
      }),
      undo: () => removeMarkedVolume(system, to, after, mark),
    },
    { ...fileStep(system, plan), undo: () => removeResource(system, to, after, sideNoteFiles(after)) },
    metadataStep(system, plan),
  ]
}

/** The steps that give a node whose side is down a new volume. The old one is lost with the first of them. */
export function newDiskSteps({ system }: Work, plan: BeginPlan): Step[] {
  const { after, to } = plan
  const remove: Step = {
    name: `removing the volume ${after.volumeGroup}/${after.name} on ${to}, with its data`,
    run: () => removeFailedVolume(system, to, after),
  }
  return [remove, volumeStep(system, plan, async () => undefined), fileStep(system, plan), metadataStep(system, plan)]
}

function volumeStep(system: System, { after, from, to, sizeBytes }: BeginPlan, prepare: () => Promise<void>): Step {
  return {
    name: `creating the volume ${after.volumeGroup}/${after.name} on ${to}`,
    run: async () => {
      await prepare()
      await createVolume(system, to, after, sizeBytes, replacementMark(from))
    },
  }
}

function fileStep(system: System, { after, to, files }: BeginPlan): Step {
  return {
    name: `configuring DRBD on ${to}`,
    run: async () => {
      const write = (await hasResourceFile(system, to, after)) ? replaceResourceFile : writeResourceFile
      await write(system, to, after, files.wanted)
    },
  }
}

/** The volume is left inactive: Pacemaker activates it. */
function metadataStep(system: System, { after, to }: BeginPlan): Step {
  return {
    name: `creating DRBD's meta-data on ${to}`,
    run: async () => {
      await createMetadata(system, to, after)
      await deactivateVolume(system, to, after)
    },
  }
}
