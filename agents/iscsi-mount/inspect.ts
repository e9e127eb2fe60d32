import { multipathDevice } from '../../system/block/multipath.ts'
import { readNote } from '../../system/files.ts'
import { iscsid } from '../../system/iscsi/iscsid.ts'
import { hasEmptyDirectory, hasRecord } from '../../system/iscsi/node-records.ts'
import { type Disk, diskOf, type Session } from '../../system/iscsi/sessions.ts'
import { withoutInstanceNumber } from '../../system/pacemaker/ids.ts'
import { interruptionPath, parseInterruption } from '../../system/pacemaker/interruption-note.ts'
import { deadInterface } from './network/link.ts'
import { outageSeconds } from './outage.ts'
import type { IscsiContext, ReadContext } from './parameters.ts'
import { sessionsOf } from './sessions.ts'

/** What this node shows of the resource. */
export interface Seen {
  /** One for each portal. */
  readonly paths: readonly Path[]
  /** Whether a node record or an empty directory for such records exists, if there is no session. */
  readonly hasRecord: boolean
  readonly hasEmptyDirectory: boolean
  /** Seconds since the outage of all paths was recorded; undefined without a record, negative if the clock was set back. */
  readonly outageSeconds: number | undefined
  /** Whether iscsid runs; undefined where nothing depends on it. */
  readonly hasDaemon: boolean | undefined
  /** The interface that has no link, if no session can be recovered for that reason. */
  readonly deadInterface: string | undefined
  /** For how long the monitors have seen it interrupted, by the clock of the node. */
  readonly interruptedSeconds: number | undefined
  /** For how long they had seen that when the last one ended. */
  readonly interruptedBefore: number | undefined
}

/** The path to the disk through one portal. */
export interface Path {
  readonly portal: string
  readonly session?: Session | undefined
  readonly disk?: Disk | undefined
  /** Whether the disk is part of a map of multipathd. */
  readonly isBelowMap?: boolean
}

type Scene = Pick<IscsiContext, 'parameters' | 'system' | 'instance' | 'isRecurring'>

/** Reads sysfs, the node records and the note of an outage; starts no process and changes nothing. */
export function inspect(context: Scene): Seen {
  const { parameters, system, isRecurring } = context
  const sessions = sessionsOf(context)
  // with a session the records do not matter, and their disk may hang
  const isIdle = sessions.length === 0
  return {
    paths: parameters.portals.map(portal => pathThrough(context, portal, sessions)),
    hasRecord: isIdle && parameters.portals.some(portal => hasRecord(system, parameters.iqn, portal)),
    hasEmptyDirectory: isIdle && hasEmptyDirectory(system, parameters.iqn),
    outageSeconds: outageSeconds(context),
    hasDaemon: isRecurring && !isIdle ? iscsid(system) !== undefined : undefined,
    deadInterface: isRecurring ? deadInterface(context, sessions) : undefined,
    ...interruption(context),
  }
}

type Interruption = Pick<Seen, 'interruptedSeconds' | 'interruptedBefore'>

function interruption({ system, instance, isRecurring }: Scene): Interruption {
  const path = interruptionPath(withoutInstanceNumber(instance), 'plain')
  const note = isRecurring && parseInterruption(readNote(system, path) ?? '')
  return {
    interruptedSeconds: note && (system.now() - note.since) / 1000,
    interruptedBefore: note && (note.seen - note.since) / 1000,
  }
}

function pathThrough({ parameters, system }: ReadContext, portal: string, sessions: readonly Session[]): Path {
  const session = sessions.find(candidate => candidate.portal === portal)
  const disk = session && diskOf(system, session.name, parameters.lun)
  return { portal, session, disk, isBelowMap: disk !== undefined && multipathDevice(system, disk.name) !== undefined }
}
