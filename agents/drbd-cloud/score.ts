import type { Context } from '../../ocf/agent.ts'
import { type DrbdStatus, hasUpToDatePeer, isAttaching, isInHandshake } from '../../system/drbd/status.ts'
import { errorText } from '../../system/error-text.ts'
import { fileNameOf, RUN_DIRECTORY, readNote, writeNote } from '../../system/files.ts'
import { attributeEpoch, setPromotionScore } from '../../system/pacemaker/attributes/promotion-score.ts'
import { withoutInstanceNumber } from '../../system/pacemaker/ids.ts'
import { type System, ToolFailed, ToolMissing } from '../../system/system.ts'
import type { Reach } from './clients/network.ts'

/** A number sets the score, undefined deletes it, `leave` keeps the existing one. */
export type Score = number | undefined | 'leave'

/**
 * How suitable this side is for promotion. Never negative: a negative score would keep clones from starting. The values are those
 * of the stock agent, so that location rules written for it keep their meaning. With several peers, one whose data are unknown is
 * enough for the lower value; so is having no peer.
 * Good data that clients cannot reach have a lower score, and those that only a client on the same node can reach, a higher one. Both
 * differences exceed the stickiness of an export (cloud/compose/resources.ts), and both scores are above those of any other data.
 * So an export moves to a side that is as good and can be reached, and nothing moves when no side can.
 * In a split brain, a side that is not in use has no score: its promotion would silently discard the writes of the side that was in
 * use.
 */
export function scoreOf(status: DrbdStatus, circumstances: Circumstances): Score {
  const { reach } = circumstances
  const score = scoreOfData(status, circumstances)
  return score === GOOD ? GOOD_BY_REACH[reach] : score
}

const GOOD = 10000
/** The peer's data are unknown. */
const UNSURE = 1000
const GOOD_BY_REACH = { all: GOOD, none: 5000, self: 15000 } as const

interface Circumstances {
  readonly isSplit: boolean
  /** Who can reach this side. */
  readonly reach: Reach['by']
  /** Whether a constraint lets only this side be promoted on an operator's word, although the other one may have newer data. */
  readonly isChosen?: boolean
}

function scoreOfData(status: DrbdStatus, { isSplit, isChosen = false }: Circumstances): Score {
  if (!status.hasQuorum || status.failsIo) return undefined
  if (isSplit && status.role !== 'Primary') return undefined
  if (status.disk === 'UpToDate') return scoreOfGoodData(status)
  if (hasUpToDatePeer(status)) return 10
  if (isAttaching(status)) return 'leave'
  // Consistent alone is not enough: the peer may have newer data
  return isChosen && status.disk === 'Consistent' ? UNSURE : undefined
}

function scoreOfGoodData(status: DrbdStatus): Score {
  if (status.role === 'Primary') return GOOD
  // it may end in a split brain, and the side chosen before would still be promoted
  if (isInHandshake(status)) return 'leave'
  // an unreachable peer is known to be outdated
  const areKnown = status.peers.length > 0 && status.peers.every(({ disk }) => disk !== 'DUnknown')
  return areKnown ? GOOD : UNSURE
}

/** Time limit of a report: a lost report is repeated, and must not use up the action's time. */
const REPORT_SECONDS = 10

/** A report is repeated after this time, in case it was lost in a way that nothing on this node shows. */
const REPEAT_AFTER_MILLISECONDS = 15 * 60 * 1000

type When = 'always' | 'when changed' | 'if none is known'

/**
 * Reports the score to Pacemaker. `when changed` compares it with the last report, which is recorded in /run with the epoch of
 * the daemons that hold the attribute: it is lost when they restart, and /run is lost at a reboot.
 * A report that fails is not a failure of DRBD: it is logged and repeated next time.
 */
export async function reportScore(context: Context, score: Score, when: When): Promise<void> {
  if (score === 'leave') return
  const { instance, system, log, deadline } = context
  const resource = withoutInstanceNumber(instance)
  const note = reportPath(instance)
  const report = `${score ?? 'none'} ${attributeEpoch(system)}`
  if (when === 'when changed' && isReported(system, note, report)) return
  if (when === 'if none is known' && mayHaveScore(context)) return
  // if this process is killed now, the following stop finds the note, whose age makes the next monitor report the score again
  if (score !== undefined) await recordReport(context, `${report} 0`)
  try {
    const timeoutSeconds = Math.max(0.1, Math.min(REPORT_SECONDS, deadline.remainingSeconds() / 2))
    await setPromotionScore(system, resource, score, { signal: deadline.signal, timeoutSeconds })
  } catch (error) {
    if (!(error instanceof ToolFailed || error instanceof ToolMissing)) throw error
    log.warn(`the promotion score ${score ?? 'none'} could not be set: ${error.message}`)
    return
  }
  await recordReport(context, `${report} ${system.now()}`)
}

/** Whether this node may have reported a score that it has not deleted. */
export function mayHaveScore({ instance, system }: Pick<Context, 'instance' | 'system'>): boolean {
  const line = readNote(system, reportPath(instance))
  return line !== undefined && !line.startsWith('none ')
}

function reportPath(instance: string): string {
  return `${RUN_DIRECTORY}/score-${fileNameOf(withoutInstanceNumber(instance))}`
}

async function recordReport({ instance, system, log }: Context, line: string): Promise<void> {
  const note = reportPath(instance)
  try {
    await writeNote(system, note, line)
  } catch (error) {
    // reporting a score too often does no harm
    log.warn(`the promotion score could not be recorded in ${note}: ${errorText(error)}`)
  }
}

function isReported(system: System, note: string, report: string): boolean {
  const line = readNote(system, note) ?? ''
  const [at] = line.split(' ').slice(-1)
  const age = system.now() - Number(at)
  return line === `${report} ${at}` && age >= 0 && age < REPEAT_AFTER_MILLISECONDS
}
