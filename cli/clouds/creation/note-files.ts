import type { Cloud } from '../../../cloud/cloud.ts'
import { resourceIds } from '../../../cloud/ids.ts'
import { RUN_DIRECTORY } from '../../../system/files.ts'
import { interruptionPath } from '../../../system/pacemaker/interruption-note.ts'
import { reasonPath } from '../../../system/pacemaker/reason-note.ts'

/** Notes of the agents: such a word followed by the id of a primitive. */
const ABOUT_PRIMITIVES = ['degraded', 'score', 'outage', 'ext3', 'network', 'clients', 'link']

/** Notes of the agents and of DRBD's handlers: such a word followed by the name of the DRBD resource. */
const ABOUT_DRBD = ['fence', 'split-brain']

/**
 * The files below /run/vhacs that may contain agents' notes about a cloud. They must not apply to a new cloud of the same name: a
 * split-brain marker would prevent its promotion.
 */
export function noteFiles({ name }: Pick<Cloud, 'name'>): string[] {
  const { session, filesystem } = resourceIds(name)
  return [...sideNoteFiles({ name }), ...[session, filesystem].flatMap(notesAbout)]
}

/** Those about a side of it: the same node may have its mount. */
export function sideNoteFiles({ name }: Pick<Cloud, 'name'>): string[] {
  const { lvm, drbd, target } = resourceIds(name)
  return [...ABOUT_DRBD.map(word => `${RUN_DIRECTORY}/${word}-${name}`), ...[lvm, drbd, target].flatMap(notesAbout)]
}

function notesAbout(id: string): string[] {
  return [
    ...ABOUT_PRIMITIVES.map(word => `${RUN_DIRECTORY}/${word}-${id}`),
    `${RUN_DIRECTORY}/degraded-${id}:deep`,
    interruptionPath(id, 'plain'),
    interruptionPath(id, 'deep'),
    reasonPath(id),
  ]
}
