import { describe, expect, test } from 'vitest'
import type { Path, Seen } from '../../../../agents/iscsi-mount/inspect.ts'
import { isOutage, stateOf } from '../../../../agents/iscsi-mount/state.ts'
import type { Session } from '../../../../system/iscsi/sessions.ts'

/* What is seen of one or two paths, as STATE:DISK:LIMIT of the session, `none` without one; a map joins those marked `/map`. */

const parameters = { iqn: 'iqn.2026-01.org.example:c0', lun: 0, recovery_limit: 600 }

function pathFrom(text: string, index: number): Path {
  const [, state = '', disk = '', limit = '', map] = /^(\w+)(?::([\w-]+):(\w+))?(\/map)?$/.exec(text) ?? []
  const portal = `192.0.2.${10 + index}:3260`
  if (state === 'none') return { portal }
  const session: Session = {
    ...{ name: `session${index + 1}`, target: parameters.iqn, portal, interfaceName: 'default' },
    state: state === 'FREE' || state === 'FAILED' ? state : 'LOGGED_IN',
    recoverySeconds: limit === 'never' ? undefined : Number(limit),
  }
  if (disk === 'missing') return { portal, session }
  return { portal, session, disk: { name: `sd${index}`, state: disk, path: '' }, isBelowMap: map !== undefined }
}

function seen(paths: string, more: Partial<Seen> = {}): Seen {
  const nothing = {
    ...{ hasRecord: false, hasEmptyDirectory: false, outageSeconds: undefined },
    ...{ hasDaemon: undefined, interruptedSeconds: undefined, interruptedBefore: undefined, deadInterface: undefined },
  }
  return { ...nothing, paths: paths.split(' ').map(pathFrom), ...more }
}

const IN = 'LOGGED_IN:running'
const GONE = 'FREE:transport-offline:5/map'

test.each([
  ['stopped', '', 'none', {}],
  ['stopped', '', 'none none', {}],
  ['stopped', '"leftover":"the node record', 'none', { hasRecord: true }],
  ['stopped', '"leftover":"a directory', 'none', { hasEmptyDirectory: true }],
  ['started', '', `${IN}:600`, {}],
  ['started', '', `${IN}:600 ${IN}:600`, {}],
  ['started', '', `${IN}:5/map ${IN}:5/map`, {}],
  ['started', '', `${IN}:600`, { hasDaemon: true }],
  ['interrupted', 'systemctl start iscsid.service', `${IN}:600`, { hasDaemon: false }],
  ['interrupted', 'being recovered; I/O is paused', 'FAILED:blocked:600', { hasDaemon: false }],
  ['degraded', 'outage of 120 s, not 600 s', `${IN}:120`, {}],
  ['degraded', 'outage of any length, not 600 s', `${IN}:never`, {}],
  ['degraded', 'no session', `${IN}:600 none`, {}],
  ['interrupted', 'being recovered; I/O is paused', 'FAILED:blocked:600', {}],
  ['interrupted', 'being recovered; I/O is paused', 'LOGGED_IN:blocked:600', {}],
  ['interrupted', 'being recovered', `${IN}:5/map FAILED:running:5/map`, {}],
  ['degraded', 'no session', 'FAILED:blocked:600 none', {}],
  ['degraded', 'outage of 120 s, not 600 s', `FAILED:blocked:600 ${IN}:120`, {}],
  ['degraded', 'I/O fails', `${IN}:600 FREE:transport-offline:600`, {}],
  ['degraded', 'I/O fails', 'FAILED:blocked:600 FREE:transport-offline:600', {}],
  ['interrupted', 'unreachable at 192.0.2.11:3260', `${IN}:5/map ${GONE}`, {}],
  ['interrupted', 'no_path_retry', `${GONE} ${GONE}`, {}],
  ['degraded', 'no_path_retry', `${GONE} none`, {}],
  ['interrupted', 'no_path_retry', `${GONE} ${GONE}`, { outageSeconds: 600 }],
  ['interrupted', 'no_path_retry', `${GONE} ${GONE}`, { outageSeconds: -5 }],
  ['interrupted', 'unreachable', `${GONE} FAILED:running:5/map`, { outageSeconds: 9999 }],
  ['incomplete', 'unreachable for more than 600 s', `${GONE} ${GONE}`, { outageSeconds: 601 }],
  ['incomplete', 'no disk for LUN 0', 'LOGGED_IN:missing:600', {}],
  ['incomplete', 'for more than 600 s: I/O fails', 'FAILED:transport-offline:600', {}],
  ['incomplete', '3260: I/O fails', 'LOGGED_IN:offline:never', {}],
] as const)('%s (%s): %s %j', (kind, reason, paths, more) => {
  const state = stateOf(seen(paths, more), parameters)
  const faults = ['degraded', 'interrupted'].filter(fault => Object.hasOwn(state, fault))
  expect(faults[0] ?? state.is).toBe(kind)
  expect(faults).toHaveLength(kind === 'degraded' || kind === 'interrupted' ? 1 : 0)
  if (reason === '') expect(state).toEqual({ is: kind })
  else expect(JSON.stringify(state)).toContain(reason)
})

describe('an outage', () => {
  test.each([
    [true, `${GONE} ${GONE}`],
    [true, `${GONE} none`],
    [false, `${GONE} ${IN}:5/map`],
    [false, `${GONE} FAILED:blocked:5/map`],
    [false, 'FREE:offline:600'],
    [false, 'none'],
  ] as const)('is %s of %s', (is, paths) => expect(isOutage(seen(paths))).toBe(is))
})
