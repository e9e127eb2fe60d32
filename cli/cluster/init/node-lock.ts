import { COROSYNC_CONF } from '../../../system/corosync/conf/corosync-conf.ts'
import { textOn } from '../../../system/nodes/files/text.ts'
import { runOn } from '../../../system/nodes/ssh.ts'
import { allOf, messageOf, type Work } from '../../run/steps.ts'
import type { Examination } from '../examine/examination.ts'
import { type Journal, journal } from '../membership/journal.ts'
import { corosyncConfIn } from './input/membership.ts'

/** The lock is a directory, because no CIB exists yet that could hold it. */
const LOCK_DIRECTORY = '/run/vhacs-init'

/**
 * Acts on the nodes while no other --init does, and only if they have not joined a cluster since they were examined.
 * @throws Error when a node is locked, by another --init or by one that was killed, or has joined a cluster.
 */
export async function withNodeLock(
  work: Work,
  examinations: readonly Examination[],
  act: () => Promise<void>,
): Promise<void> {
  if (work.isDryRun) return act()
  const noted = journal('')
  try {
    await allOf(examinations.map(examined => lock(work, examined, noted)))
    await act()
  } finally {
    await noted.undo().catch((error: unknown) => work.print(`cannot remove ${LOCK_DIRECTORY}: ${messageOf(error)}`))
  }
}

async function lock({ system }: Work, examined: Examination, noted: Journal): Promise<void> {
  const { node } = examined
  const { status } = await runOn(system, node, ['mkdir', LOCK_DIRECTORY], { accepted: [0, 1] })
  if (status === 1)
    throw new Error(
      `${node}: another "vhacs cluster --init" is running; if it was killed, run "rmdir ${LOCK_DIRECTORY}" there`,
    )
  noted.note(node, () => runOn(system, node, ['rmdir', LOCK_DIRECTORY]))
  const text = (await textOn(system, node, COROSYNC_CONF)) ?? ''
  if (text.trim() !== corosyncConfIn(examined))
    throw new Error(`${node}: it has joined a cluster since it was examined; nothing was changed`)
}
