import { describe, expect, test } from 'vitest'
import { iscsiMount } from '../../../agents/iscsi-mount/index.ts'
import { exit } from '../../../ocf/exit.ts'
import { call, recurring } from '../../fake/call.ts'
import { type FakeSession, type FakeTarget, type OpenIscsi, openIscsi } from '../../fake/open-iscsi.ts'
import { fakeSystem } from '../../fake/system.ts'

const IQN = 'iqn.2026-01.org.example:c0'
const PORTAL = '192.0.2.10:3260'
const parameters = { iqn: IQN, portals: '192.0.2.10' }

function node(...others: Partial<FakeTarget>[]) {
  const system = fakeSystem()
  const target: FakeTarget = { iqn: IQN, portal: PORTAL, luns: [0], answer: 'accepts' }
  const initiator = openIscsi(system, [target, ...others.map(other => ({ ...target, ...other }))])
  return { system, initiator }
}

async function running() {
  const made = node()
  await call(iscsiMount, 'start', { system: made.system, parameters })
  made.system.commands.length = 0
  return { ...made, session: firstOf(made.initiator) }
}

function firstOf({ sessions }: OpenIscsi): FakeSession {
  const [session] = sessions
  if (session === undefined) throw new Error('no session')
  return session
}

describe('start', () => {
  test('makes a record that never logs in by itself and sits an outage out', async () => {
    const { system, initiator } = node()
    await call(iscsiMount, 'start', { system, parameters: { ...parameters, recovery_limit: '300' } })
    expect(Object.fromEntries(initiator.records.get(`${IQN} ${PORTAL}`) ?? [])).toMatchObject({
      'node.startup': 'manual',
      'node.session.timeo.replacement_timeout': '300',
    })
  })

  test('makes no discovery', async () => {
    const { system } = node()
    await call(iscsiMount, 'start', { system, parameters })
    expect(system.commands.flat()).not.toContain('discovery')
    expect(system.commands.flat()).not.toContain('discoverydb')
  })

  test('waits for a target that is on its way', async () => {
    const { system, initiator } = node()
    const [target] = initiator.targets
    if (target) target.answer = 'is away'
    setTimeout(() => Object.assign(target ?? {}, { answer: 'accepts' }), 30_000)
    expect((await call(iscsiMount, 'start', { system, parameters })).code).toBe(exit.success)
  })

  test('gives up before the timeout in the words of iscsiadm', async () => {
    const { system, initiator } = node()
    initiator.targets.length = 0
    const { code, reasons } = await call(iscsiMount, 'start', { system, parameters })
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([
      expect.stringMatching(
        /^start gave up: not finished after 119\.5 s, while logging in to .* exited with 8: .*timed out/,
      ),
    ])
  })

  test('does not try again when the target says no', async () => {
    const { system, initiator } = node()
    for (const target of initiator.targets) target.answer = 'refuses'
    const { code, reasons } = await call(iscsiMount, 'start', { system, parameters })
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([expect.stringMatching(/^the target refused the login: .* exited with 24/)])
    expect(system.commands.filter(words => words.includes('--login'))).toHaveLength(1)
  })

  test('takes over a session that somebody made already', async () => {
    const { system, initiator } = node()
    const login = system.tools.get('iscsiadm')
    system.tools.set('iscsiadm', (args, options) => {
      if (args.includes('--login')) for (const target of initiator.targets) initiator.logIn(target)
      return login?.(args, options) ?? 1
    })
    expect((await call(iscsiMount, 'start', { system, parameters })).code).toBe(exit.success)
  })

  test('fails when the target does not offer the LUN', async () => {
    const { system } = node()
    const { code, reasons } = await call(iscsiMount, 'start', { system, parameters: { ...parameters, lun: '3' } })
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([expect.stringMatching(/while waiting for the disk of LUN 3/)])
  })

  test('logs in to each portal', async () => {
    const { system, initiator } = node({ portal: '[2001:db8::10]:3260' })
    const both = { ...parameters, portals: '192.0.2.10 [2001:db8::10]' }
    expect((await call(iscsiMount, 'start', { system, parameters: both })).code).toBe(exit.success)
    expect(initiator.sessions.map(({ target }) => target.portal)).toEqual([PORTAL, '[2001:db8::10]:3260'])
    expect((await call(iscsiMount, 'stop', { system, parameters: both })).code).toBe(exit.success)
    expect(initiator.sessions).toEqual([])
  })
})

describe('monitor', () => {
  test.each([
    ['FAILED', 'blocked'],
    ['FAILED', 'running'],
    ['LOGGED_IN', 'blocked'],
  ] as const)('of a session in recovery (%s, disk %s) is degraded (OCF_DEGRADED)', async (state, disk) => {
    const { system, initiator, session } = await running()
    initiator.setState(session, state, disk)
    expect(await call(iscsiMount, 'monitor', { system, parameters, environment: recurring })).toMatchObject({
      code: exit.degraded,
      reasons: [`the session to ${IQN} at ${PORTAL} is being recovered; I/O waits`],
    })
  })

  test.each([
    ['FREE', 'blocked'],
    ['FAILED', 'transport-offline'],
    ['LOGGED_IN', 'offline'],
  ] as const)('of a session that was given up (%s, disk %s) fails (OCF_ERR_GENERIC)', async (state, disk) => {
    const { system, initiator, session } = await running()
    initiator.setState(session, state, disk)
    expect(await call(iscsiMount, 'monitor', { system, parameters, environment: recurring })).toMatchObject({
      code: exit.genericError,
      reasons: [`the target ${IQN} was away for longer than 600 s: I/O fails`],
    })
  })

  test('of a session without its disk fails', async () => {
    const { system } = await running()
    const result = await call(iscsiMount, 'monitor', {
      system,
      parameters: { ...parameters, lun: '1' },
      environment: recurring,
    })
    expect(result).toMatchObject({ code: exit.genericError, reasons: [expect.stringContaining('no disk for LUN 1')] })
  })

  test('does not take a session through another portal, or to another target, for its own', async () => {
    const { system, initiator } = node({ portal: '192.0.2.11:3260' }, { iqn: `${IQN}0` })
    for (const target of initiator.targets.slice(1)) initiator.logIn(target)
    expect((await call(iscsiMount, 'monitor', { system, parameters })).code).toBe(exit.notRunning)
    expect((await call(iscsiMount, 'start', { system, parameters })).code).toBe(exit.success)
    expect((await call(iscsiMount, 'stop', { system, parameters })).code).toBe(exit.success)
    expect(initiator.sessions).toHaveLength(2)
  })

  test('knows a session by its portal, in whatever form the address is written', async () => {
    const { system, initiator } = node({ portal: '[2001:db8::10]:3260' })
    for (const target of initiator.targets.slice(1)) initiator.logIn(target)
    const written = { ...parameters, portals: '[2001:DB8:0::10]' }
    expect((await call(iscsiMount, 'monitor', { system, parameters: written })).code).toBe(exit.success)
  })

  test('runs no command', async () => {
    const { system } = await running()
    await call(iscsiMount, 'monitor', { system, parameters })
    await call(iscsiMount, 'monitor', { system, parameters, environment: recurring })
    expect(system.commands).toEqual([])
    expect(system.changes).toEqual([])
  })
})

describe('stop', () => {
  test('removes the record, so that nobody logs in to it', async () => {
    const { system, initiator } = await running()
    expect((await call(iscsiMount, 'stop', { system, parameters })).code).toBe(exit.success)
    expect(initiator.records.size).toBe(0)
  })

  test('removes the record of a start that was killed before the login', async () => {
    const { system, initiator } = node()
    await system.run({ name: 'iscsiadm', package: 'open-iscsi' }, ['-m', 'node', '-T', IQN, '-p', PORTAL, '-o', 'new'])
    expect((await call(iscsiMount, 'monitor', { system, parameters })).code).toBe(exit.notRunning)
    expect((await call(iscsiMount, 'stop', { system, parameters })).code).toBe(exit.success)
    expect(initiator.records.size).toBe(0)
  })

  test('logs out of a session without a record', async () => {
    const { system, initiator } = node()
    for (const target of initiator.targets) initiator.logIn(target)
    expect((await call(iscsiMount, 'stop', { system, parameters })).code).toBe(exit.success)
    expect(initiator.sessions).toEqual([])
  })

  test('logs out of its own session and no other, whatever records there are', async () => {
    const { system, initiator } = node({ portal: '192.0.2.11:3260' }, { iqn: `${IQN}0` })
    for (const target of initiator.targets) initiator.logIn(target)
    await system.run({ name: 'iscsiadm', package: 'open-iscsi' }, ['-m', 'node', '-T', IQN, '-p', PORTAL, '-o', 'new'])
    expect((await call(iscsiMount, 'stop', { system, parameters })).code).toBe(exit.success)
    expect(initiator.sessions.map(({ target }) => target)).toEqual(initiator.targets.slice(1))
  })

  test('of a session that ends by itself meanwhile succeeds', async () => {
    const { system, initiator, session } = await running()
    const iscsiadm = system.tools.get('iscsiadm')
    system.tools.set('iscsiadm', (args, options) => {
      if (args.includes('--logout')) initiator.drop(session)
      return iscsiadm?.(args, options) ?? 1
    })
    expect((await call(iscsiMount, 'stop', { system, parameters })).code).toBe(exit.success)
    expect(initiator.records.size).toBe(0)
  })

  test('of a session that does not end gives up before the timeout', async () => {
    const { system } = await running()
    system.tools.set('iscsiadm', () => 0)
    const { code, reasons } = await call(iscsiMount, 'stop', { system, parameters })
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([expect.stringContaining('while waiting for the end of the sessions')])
  })
})
