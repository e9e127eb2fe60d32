import { ignoreMissing, RUN_DIRECTORY, readNote, writeNote } from '../../../system/files.ts'
import { sessions } from '../../../system/iscsi/sessions.ts'
import {
  LOST_PORTALS,
  type LostPortals,
  lostPortalsText,
  parseLostPortals,
} from '../../../system/pacemaker/attributes/lost-portals.ts'
import { setTransientAttribute } from '../../../system/pacemaker/attributes/node-attribute.ts'
import { attributeEpoch } from '../../../system/pacemaker/attributes/promotion-score.ts'
import type { System } from '../../../system/system.ts'
import type { IscsiContext } from '../parameters.ts'

/* The note has what was reported, for all sessions of the node together. */
const NOTE = `${RUN_DIRECTORY}/lost-portals`

const REPORT_SECONDS = 3

/** What this node has reported. */
export interface Report extends LostPortals {
  /** Another one means that Pacemaker may have lost it. */
  readonly epoch: string
  /** In milliseconds since 1970. */
  readonly at: number
}

/** Undefined if nothing is reported. */
export function readReport(system: System): Report | undefined {
  const [, epoch = '', at, text = ''] = /^(\S+) (\d{1,15}) (.+)$/.exec(readNote(system, NOTE) ?? '') ?? []
  const report = parseLostPortals(text)
  return report && { ...report, epoch, at: Number(at) }
}

/** The portals of all sessions of this node that are being recovered. */
export function lostPortals(system: System): string[] {
  const lost = sessions(system).filter(({ state }) => state !== 'LOGGED_IN')
  return [...new Set(lost.map(({ portal }) => portal))].sort()
}

/** Leaves in the report what is still lost and belongs to other resources. */
export async function retract(context: IscsiContext): Promise<void> {
  const { system, parameters } = context
  const lost = lostPortals(system).filter(portal => !parameters.portals.includes(portal))
  const { portals = [], reached = [] } = readReport(system) ?? {}
  const left = portals.filter(portal => lost.includes(portal))
  await publish(context, left.length === 0 ? undefined : { portals: left, reached })
}

/** @throws ToolFailed, ToolMissing, SystemError. */
export async function publish({ system, deadline }: IscsiContext, report: LostPortals | undefined): Promise<void> {
  const bounds = { signal: deadline.signal, timeoutSeconds: REPORT_SECONDS }
  const text = report && lostPortalsText(report)
  // if this process is killed now, the next one must not believe that nothing was reported
  if (text !== undefined) await writeNote(system, NOTE, `unknown ${system.now()} ${text}`)
  await setTransientAttribute(system, [LOST_PORTALS, text], bounds)
  if (text === undefined) await ignoreMissing(() => system.remove(NOTE))
  else await writeNote(system, NOTE, `${attributeEpoch(system)} ${system.now()} ${text}`)
}
