import { resourceIds } from '../../../cloud/ids.ts'
import { readNote } from '../../../system/files.ts'
import { disksOf, type Session, sessions } from '../../../system/iscsi/sessions.ts'
import { interruptionPath, parseInterruption } from '../../../system/pacemaker/interruption-note.ts'
import type { System } from '../../../system/system.ts'
import { type Sample, sample } from '../definitions.ts'
import type { SamplesOf } from './part.ts'

/** The sessions of this node with targets of storages, from sysfs, and how long they have been interrupted, from the agent's note. */
export const sessionSamples: SamplesOf = ({ system, clouds = [] }) => {
  const byTarget = Map.groupBy(sessions(system), ({ target }) => target)
  return clouds.flatMap(({ name, iqn }) =>
    (byTarget.get(iqn) ?? []).map(session => () => samplesOf(system, name, session)),
  )
}

function samplesOf(system: System, storage: string, session: Session): Sample[] {
  const { name, portal, state, recoverySeconds } = session
  const labels = { storage, portal }
  const isConnected = state === 'LOGGED_IN' && disksOf(system, name).some(disk => disk.state === 'running')
  return [
    sample('session_state', 1, { ...labels, state: state.toLowerCase() }),
    sample('session_connected', isConnected, labels),
    sample('session_recovery_seconds', isConnected ? 0 : interruptionSeconds(system, storage), labels),
    ...(recoverySeconds === undefined ? [] : [sample('session_recovery_limit_seconds', recoverySeconds, labels)]),
  ]
}

/** 0 until a monitor has noted the interruption. */
function interruptionSeconds(system: System, storage: string): number {
  const path = interruptionPath(resourceIds(storage).session, 'plain')
  const note = parseInterruption(readNote(system, path) ?? '')
  return note === undefined ? 0 : Math.max(0, (system.now() - note.since) / 1000)
}
