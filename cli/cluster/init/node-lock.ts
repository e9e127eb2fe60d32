import { runOn } from '../../../system/nodes/ssh.ts'
import { allOf, messageOf, type Work } from '../../run/steps.ts'
import type { Examination } from '../examine/examination.ts'
import { type Journal, journal, textOn } from './steps/journal.ts'

/** There is no CIB yet that a lock could be in. */
const CLAIM = '/run/vhacs-init'

/**
 * Does something to the nodes while no other vhacs does the like; what they were found to be, they still are.
 * @throws ToolFailed when another one has claimed a node, or has been killed while it had.
 */
export async function withNodeLock(
  work: Work,
  examinations: readonly Examination[],
  act: () => Promise<void>,
): Promise<void> {
  if (work.isDryRun) return act()
  const noted = journal('')
  try {
    await allOf(examinations.map(examined => claim(work, examined, noted)))
    await act()
  } finally {
    await noted.undo().catch((error: unknown) => work.print(`left: ${messageOf(error)}`))
  }
}

async function claim({ system }: Work, { node, sections }: Examination, noted: Journal): Promise<void> {
  const { status } = await runOn(system, node, ['mkdir', CLAIM], { accepted: [0, 1] })
  if (status === 1)
    throw new Error(`${node}: another vhacs cluster --init is at work; if it was killed: rmdir ${CLAIM} there`)
  noted.note(node, () => runOn(system, node, ['rmdir', CLAIM]))
  const ring = (await textOn(system, node, '/etc/corosync/corosync.conf')) ?? ''
  if (ring.trim() !== (sections.get('ring') ?? ''))
    throw new Error(`${node}: it has become a member of a cluster meanwhile`)
}
