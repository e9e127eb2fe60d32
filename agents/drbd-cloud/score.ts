import type { Context } from '../../ocf/agent.ts'
import { type DrbdStatus, isConnected, isSettling } from '../../system/drbd.ts'
import { lineIn, replaceFile } from '../../system/files.ts'
import { setPromotionScore, withoutInstanceNumber } from '../../system/pacemaker.ts'
import { ToolFailed, ToolMissing } from '../../system/system.ts'

/** A number is set, undefined deletes, `leave` keeps what is there. */
export type Score = number | undefined | 'leave'

/**
 * How good a choice for promotion this side is. Never negative: a negative score would keep clones from starting.
 * The values are those of the stock agent, so that location rules written for it keep their meaning.
 */
export function scoreOf(status: DrbdStatus): Score {
  const isPeerKnown = isConnected(status) && status.peerDisk !== 'DUnknown'
  if (isSettling(status)) return 'leave'
  if (status.disk === 'UpToDate') return isPeerKnown || status.role === 'Primary' ? 10000 : 1000
  // Consistent alone is not enough: the peer may have newer data
  return isPeerKnown && status.peerDisk === 'UpToDate' ? 10 : undefined
}

/**
 * Tells Pacemaker the score. `when changed` compares with what was last told, kept in /run: the attribute and /run are
 * both lost at a reboot. That Pacemaker does not hear it is no failure of DRBD: it is logged, and told again next time.
 */
export async function keepScore(
  { instance, system, log, deadline }: Pick<Context, 'instance' | 'system' | 'log' | 'deadline'>,
  score: Score,
  when: 'always' | 'when changed',
): Promise<void> {
  if (score === 'leave') return
  const resource = withoutInstanceNumber(instance)
  const memory = `/run/vhacs/score-${resource}`
  const text = score === undefined ? 'none' : String(score)
  if (when === 'when changed' && lineIn(system, memory) === text) return
  try {
    await setPromotionScore(system, resource, score, deadline.signal)
  } catch (error) {
    if (!(error instanceof ToolFailed || error instanceof ToolMissing)) throw error
    log.warn(`the promotion score ${text} could not be set: ${error.message}`)
    return
  }
  try {
    await system.makeDirectory('/run/vhacs', { parents: true })
    await replaceFile(system, memory, `${text}\n`)
  } catch (error) {
    // a score that is told too often does no harm
    log.warn(`the promotion score could not be noted in ${memory}: ${error instanceof Error ? error.message : error}`)
  }
}
