import type { Cloud } from '../../../cloud/cloud.ts'
import { resourceIds } from '../../../cloud/ids.ts'
import { RUN_DIRECTORY } from '../../../system/files.ts'
import { interruptionPath } from '../../../system/pacemaker/interruption-note.ts'
import { reasonPath } from '../../../system/pacemaker/reason-note.ts'

/** Notes of the agents, which begin with such a word and end with the id of a primitive. */
const ABOUT_PRIMITIVES = ['degraded', 'score', 'outage', 'ext3']

/** Notes of the agents and of DRBD's handlers, which end with the name of the DRBD resource. */
const ABOUT_DRBD = ['fence', 'split-brain']

/**
 * The files below /run/vhacs in which agents may have noted something about a cloud. A new cloud of the same name must not be taken
 * for the old one: a split-brain marker would keep it from being promoted.
 */
export function noteFiles({ name }: Pick<Cloud, 'name'>): string[] {
  const { lvm, drbd, target, session, filesystem } = resourceIds(name)
  return [
    ...ABOUT_DRBD.map(word => `${RUN_DIRECTORY}/${word}-${name}`),
    ...[lvm, drbd, target, session, filesystem].flatMap(id => [
      ...ABOUT_PRIMITIVES.map(word => `${RUN_DIRECTORY}/${word}-${id}`),
      `${RUN_DIRECTORY}/degraded-${id}:deep`,
      interruptionPath(id, 'plain'),
      interruptionPath(id, 'deep'),
      reasonPath(id),
    ]),
  ]
}
