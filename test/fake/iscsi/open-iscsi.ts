import { statText } from '../proc/processes.ts'
import type { FakeSystem } from '../system.ts'
import { directory, liveFile } from '../tree.ts'
import { recordOf } from './iscsi-records.ts'
import {
  type FakeSession,
  type FakeTarget,
  type OpenIscsi,
  putSession,
  type Release,
  sessionPath,
  takeSession,
  unitPath,
} from './iscsi-sessions.ts'
import { iscsiadm } from './iscsiadm.ts'

/** The initiator with these targets within its reach, not logged in to any. */
export function openIscsi(
  system: FakeSystem,
  targets: readonly FakeTarget[],
  database: Release = '/etc/iscsi',
): OpenIscsi {
  const sessions: FakeSession[] = []
  const initiator: OpenIscsi = {
    database,
    targets: [...targets],
    sessions,
    iscsid: 'runs',
    unsynced: new Map(),
    udevWorks: true,
    logIn: (target, { interfaceName = 'default', recovery = '120' } = {}) => {
      const session = { number: (sessions.at(-1)?.number ?? 0) + 1, target, interfaceName }
      sessions.push(session)
      putSession(system, initiator, session, recovery)
      return session
    },
    drop: session => {
      sessions.splice(sessions.indexOf(session), 1)
      takeSession(system, session)
    },
    setState: (session, state, disk) => {
      system.put(`${sessionPath(session)}/state`, `${state}\n`)
      for (const lun of session.target.luns) system.put(`${unitPath(session, lun)}/state`, `${disk}\n`)
    },
    restart: () => {
      initiator.iscsid = 'runs'
      for (const session of sessions) {
        const tries = Number(recordOf(system, initiator, session.target)?.get('node.session.reopen_max'))
        initiator.unsynced.set(session, { givesUp: tries > 0 })
      }
      pid += 1
      putDaemon(system, initiator, pid)
    },
  }
  let pid = 100
  putDaemon(system, initiator, pid)
  system.put('/etc/iscsi/initiatorname.iscsi', 'InitiatorName=iqn.2026-01.org.example:here\n')
  system.put(`${database}/nodes`, directory())
  system.put('/proc/self/mountinfo', '')
  system.put('/run/lock/iscsi', directory())
  system.put('/dev/disk/by-path', directory())
  system.tools.set('iscsiadm', iscsiadm(system, initiator))
  system.tools.set('systemctl', () => {
    if (initiator.iscsid === 'cannot start') return { status: 1, stderr: 'Unit iscsid.service is masked.\n' }
    initiator.restart()
    return 0
  })
  return initiator
}

function putDaemon(system: FakeSystem, initiator: OpenIscsi, pid: number): void {
  const isThere = () => initiator.iscsid === 'runs' || initiator.iscsid === 'hangs'
  system.put('/run/iscsid.pid', `${pid}\n`)
  system.put(
    `/proc/${pid}/stat`,
    liveFile(() =>
      isThere() ? statText({ pid, name: 'iscsid', group: pid }, initiator.iscsid === 'hangs' ? 'T' : 'S') : '',
    ),
  )
}
