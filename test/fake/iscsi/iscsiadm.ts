import { ifPresent, type RunOptions } from '../../../system/system.ts'
import type { FakeSystem, FakeTool, ToolResult } from '../system.ts'
import { type At, DATABASE_FAILURE, makeRecord, recordOf } from './iscsi-records.ts'
import type { FakeTarget, OpenIscsi } from './iscsi-sessions.ts'

/* iscsiadm as it was seen to behave on Debian 12 (open-iscsi 2.1.8). */

/** Exit statuses (include/iscsi_err.h) with the output of iscsiadm. */
const says = {
  sessionNotFound: [2, 'session not found'],
  login: [5, 'encountered iSCSI login failure'],
  transportTimeout: [8, 'connection timed out'],
  sessionExists: [15, 'session exists'],
  fatalLogin: [19, 'encountered non-retryable iSCSI login failure'],
  notConnected: [20, 'could not connect to iscsid'],
  noObjects: [21, 'no records found'],
  authFailed: [24, 'iSCSI login failed due to authorization failure'],
  notLoggedIn: [32, 'target likely not connected'],
} as const

function failure(what: keyof typeof says): ToolResult {
  const [status, words] = says[what]
  return { status, stderr: `iscsiadm: initiator reported error (${status} - ${words})\n` }
}

type Call = (args: readonly string[], options: RunOptions) => ToolResult | Promise<ToolResult>

export function iscsiadm(system: FakeSystem, initiator: OpenIscsi): FakeTool {
  const inMode: Readonly<Record<string, Call>> = {
    node: ([, iqn = '', , portal = '', ...verb], options) => {
      const at = { iqn, portal }
      if (verb.join(' ') === '-o new') return locked(system, options, () => makeRecord(system, initiator, at))
      if (verb.join(' ') === '-I default --login')
        return locked(system, options, () => logIn(system, initiator, at, options))
      return { status: 7, stderr: 'iscsiadm: Invalid arguments\n' }
    },
    session: ([, number], options) => logOut(system, initiator, Number(number), options),
  }
  return ([, mode = '', ...args], options) =>
    inMode[mode]?.(args, options) ?? { status: 7, stderr: 'iscsiadm: Unknown mode\n' }
}

/** The lock is a link; iscsiadm waits for its removal for half a minute. */
async function locked(system: FakeSystem, options: RunOptions, act: () => ToolResult | Promise<ToolResult>) {
  for (let tenths = 0; ifPresent(() => system.stat('/run/lock/iscsi/lock.write')) !== undefined; tenths++) {
    if (tenths === 300) return DATABASE_FAILURE
    await system.sleep(100, options.signal)
  }
  return act()
}

const isAt = (target: FakeTarget, at: At) => target.iqn === at.iqn && target.portal === at.portal

/** One attempt, as long as login_timeout. iscsid continues it when iscsiadm is killed. */
async function logIn(system: FakeSystem, initiator: OpenIscsi, at: At, options: RunOptions): Promise<ToolResult> {
  const record = recordOf(system, initiator, at)
  if (record === undefined) return { status: 21, stderr: 'iscsiadm: No records found\n' }
  const session = initiator.sessions.find(
    ({ target, interfaceName }) => isAt(target, at) && interfaceName === 'default',
  )
  if (session) return failure('sessionExists')
  const unreachable = await reach(system, initiator, options)
  if (unreachable !== undefined) return unreachable
  const end = system.now() + 1000 * Number(record.get('node.conn[0].timeo.login_timeout') ?? 15)
  const attempt = () => {
    const target = initiator.targets.find(candidate => isAt(candidate, at))
    if (target !== undefined && target.answer !== 'is away') return answer(initiator, target, record)
    return system.now() >= end ? failure('transportTimeout') : undefined
  }
  try {
    for (;;) {
      const result = attempt()
      if (result !== undefined) return result
      await system.sleep(1000, options.signal)
    }
  } catch (error) {
    goOn(attempt)
    throw error
  }
}

function goOn(attempt: () => ToolResult | undefined): void {
  setTimeout(() => attempt() ?? goOn(attempt), 1000)
}

function answer(initiator: OpenIscsi, target: FakeTarget, record: ReadonlyMap<string, string>): ToolResult {
  if (target.answer === 'is not made yet') return failure('login')
  if (target.answer === 'refuses') return failure('authFailed')
  const given = (name: string) => record.get(`node.session.auth.${name}`)
  const { chap } = target
  const wantsChap = given('authmethod') === 'CHAP'
  if (chap === undefined && wantsChap) return failure('fatalLogin')
  if (chap !== undefined && (!wantsChap || given('username') !== chap.user || given('password') !== chap.secret))
    return failure('authFailed')
  if (
    given('username_in') !== undefined &&
    (given('username_in') !== chap?.userIn || given('password_in') !== chap?.secretIn)
  )
    return failure('fatalLogin')
  initiator.logIn(target, { recovery: record.get('node.session.timeo.replacement_timeout') ?? '120' })
  return 0
}

/** What keeps a request from iscsid; systemd starts a daemon that is not there, if it can. */
async function reach(system: FakeSystem, initiator: OpenIscsi, options: RunOptions): Promise<ToolResult | undefined> {
  if (initiator.iscsid === 'cannot start') return failure('notConnected')
  if (initiator.iscsid === 'dead') {
    initiator.restart()
    return undefined
  }
  if (initiator.iscsid !== 'hangs') return undefined
  await system.sleep(1000 * (options.timeoutSeconds ?? 1e6), options.signal)
  return { status: undefined, stderr: `timed out after ${options.timeoutSeconds} s` }
}

async function logOut(
  system: FakeSystem,
  initiator: OpenIscsi,
  number: number,
  options: RunOptions,
): Promise<ToolResult> {
  const session = initiator.sessions.find(candidate => candidate.number === number)
  if (session === undefined) return { status: 1, stderr: 'iscsiadm: --logout is an invalid session ID or path\n' }
  const wasDead = initiator.iscsid === 'dead'
  const unreachable = await reach(system, initiator, options)
  // its output when it cannot reach iscsid
  if (unreachable !== undefined && initiator.iscsid === 'cannot start')
    return {
      status: 21,
      stderr: 'iscsiadm: can not connect to iSCSI daemon (111)!\niscsiadm: No matching sessions found\n',
    }
  if (unreachable !== undefined) return unreachable
  if (wasDead) return failure('sessionNotFound')
  if (initiator.unsynced.get(session)?.givesUp === false && session.target.answer !== 'accepts')
    return failure('notLoggedIn')
  initiator.drop(session)
  return 0
}
