import { describe, expect, test } from 'vitest'
import { iscsiMount } from '../../../../agents/iscsi-mount/index.ts'
import { exit } from '../../../../ocf/exit.ts'
import { answer } from '../../../fake/answer.ts'
import { call } from '../../../fake/call.ts'
import { exitStatuses } from '../../../fake/exit-statuses.ts'
import type { FakeTarget } from '../../../fake/iscsi/iscsi-sessions.ts'
import { openIscsi } from '../../../fake/iscsi/open-iscsi.ts'
import { fakeSystem } from '../../../fake/system.ts'
import { directory, file } from '../../../fake/tree.ts'

/* iscsiadm, iscsid and systemctl when they are missing, refuse, talk rubbish or hang. */

const IQN = 'iqn.2026-01.org.example:c0'
const PORTAL = '192.0.2.10:3260'
const parameters = { iqn: IQN, portals: PORTAL }
const LOCK = '/run/lock/iscsi/lock.write'

function node() {
  const system = fakeSystem()
  const target: FakeTarget = { iqn: IQN, portal: PORTAL, luns: [0], answer: 'accepts' }
  return { system, target, initiator: openIscsi(system, [target]) }
}

type Node = ReturnType<typeof node>

async function running() {
  const made = node()
  await call(iscsiMount, 'start', { system: made.system, parameters })
  const [session] = made.initiator.sessions
  if (session === undefined) throw new Error('no session')
  return { ...made, session }
}

const reported = (status: number, words: string) => ({
  status,
  stderr: `iscsiadm: Could not login to [iface: default].\niscsiadm: initiator reported error (${status} - ${words})\n`,
})

describe('start, when iscsiadm', () => {
  test('is missing, says which package has it (OCF_ERR_INSTALLED)', async () => {
    const { system } = node()
    system.tools.delete('iscsiadm')
    expect(await call(iscsiMount, 'start', { system, parameters })).toMatchObject({
      code: exit.notInstalled,
      reasons: [expect.stringContaining('install the package open-iscsi')],
    })
  })

  test('and all of Open-iSCSI was never there, says so too', async () => {
    const { system } = node()
    system.take('/etc/iscsi')
    expect((await call(iscsiMount, 'start', { system, parameters })).code).toBe(exit.notInstalled)
  })

  const refusals = [
    [7, 'invalid parameter', exit.genericError, /exited with 7: invalid parameter/],
    [12, 'iSCSI driver not found', exit.notInstalled, /kernel module iscsi_tcp cannot be loaded/],
    [13, 'daemon access denied', exit.insufficientPrivileges, /access denied/],
    [
      20,
      'could not connect to iscsid',
      exit.genericError,
      /iscsid cannot be reached: see systemctl status iscsid.socket/,
    ],
    [24, 'iSCSI login failed due to authorization failure', exit.genericError, /does not let iqn\S+:here in/],
  ] as const
  test.each(refusals)('reports %i (%s), it fails at once with %i', async (status, words, code, reason) => {
    const { system } = node()
    answer(system, 'iscsiadm --login', () => reported(status, words))
    const result = await call(iscsiMount, 'start', { system, parameters })
    expect(result).toMatchObject({ code, reasons: [expect.stringMatching(reason)] })
    expect(system.commands.filter(words => words.includes('--login'))).toHaveLength(1)
    expect(system.list('/etc/iscsi/nodes')).toEqual([])
  })

  const isRefusal = (status: number) => refusals.some(([refusal]) => refusal === status)
  test.each(exitStatuses.iscsiadm.filter(status => !isRefusal(status)))('reports %i, it tries again', async status => {
    const { system } = node()
    let failures = 3
    answer(system, 'iscsiadm --login', (args, options, usual) =>
      failures-- > 0 ? reported(status, 'whatever') : usual(args, options),
    )
    expect((await call(iscsiMount, 'start', { system, parameters })).code).toBe(exit.success)
  })

  test('cannot make a record, it says why', async () => {
    const { system } = node()
    answer(system, 'iscsiadm -o new', () => ({
      status: 6,
      stderr: 'iscsiadm: Could not make /etc/iscsi/nodes: Read-only file system\n',
    }))
    expect(await call(iscsiMount, 'start', { system, parameters })).toMatchObject({
      code: exit.genericError,
      reasons: [expect.stringMatching(/-o new exited with 6: .*Read-only file system/)],
    })
  })

  test('makes a record where nobody finds it, it says so', async () => {
    const { system } = node()
    answer(system, 'iscsiadm -o new', () => ({ status: 0, stdout: 'New iSCSI node added' }))
    const { code, reasons } = await call(iscsiMount, 'start', { system, parameters })
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([expect.stringContaining('iscsiadm did not create a record')])
  })

  test('hangs because iscsid was stopped, it names the daemon and leaves the record for the stop', async () => {
    const { system, initiator } = node()
    initiator.iscsid = 'hangs'
    const { code, reasons } = await call(iscsiMount, 'start', { system, parameters })
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([expect.stringMatching(/iscsid \(pid 100\) was stopped by a signal/)])
    expect(system.list('/etc/iscsi/nodes')).toEqual([IQN])
  })
})

describe('a lock that somebody left', () => {
  const goneMeanwhile = (system: Node['system'], verb: 'remove' | 'removeDirectory', lock: string) => {
    const usual = system[verb]
    system[verb] = async path => {
      if (path === lock) system.take(path)
      await usual(path)
    }
  }

  test('on the records, and that another removes just before, is no obstacle', async () => {
    const { system } = node()
    system.put(LOCK, { ...file(''), changedAt: Date.now() })
    goneMeanwhile(system, 'remove', LOCK)
    expect((await call(iscsiMount, 'start', { system, parameters })).code).toBe(exit.success)
  })

  test('on the restart of iscsid, and that another removes just before, is no obstacle', async () => {
    const { system, initiator } = await running()
    initiator.iscsid = 'hangs'
    system.put('/run/vhacs-iscsid-restart', { ...directory(), changedAt: Date.now() - 90_000 })
    goneMeanwhile(system, 'removeDirectory', '/run/vhacs-iscsid-restart')
    expect((await call(iscsiMount, 'stop', { system, parameters })).code).toBe(exit.success)
  })
})

describe('the lock of the records', () => {
  test('that a killed iscsiadm left is removed', async () => {
    const { system } = node()
    system.put(LOCK, { ...file(''), changedAt: Date.now() })
    expect((await call(iscsiMount, 'start', { system, parameters })).code).toBe(exit.success)
    expect(system.list('/run/lock/iscsi')).toEqual([])
  })

  test('that somebody holds is waited for', async () => {
    const { system } = node()
    system.put(LOCK, { ...file(''), changedAt: Date.now() })
    setTimeout(() => system.put(LOCK, { ...file(''), changedAt: Date.now() }), 8000)
    setTimeout(() => system.take(LOCK), 12_000)
    expect((await call(iscsiMount, 'start', { system, parameters })).code).toBe(exit.success)
    expect(system.changes).not.toContain(`unlink ${LOCK}`)
  })
})

/** Refuses changes to the database of open-iscsi, as a root file system does that has become read-only. */
function readOnly(system: Node['system']): void {
  const refusing =
    <Rest extends unknown[]>(change: (path: string, ...rest: Rest) => Promise<void>) =>
    async (path: string, ...rest: Rest) => {
      if (path.startsWith('/etc/iscsi'))
        throw Object.assign(new Error(`EROFS: read-only file system, '${path}'`), { code: 'EROFS' })
      await change(path, ...rest)
    }
  const { remove, removeDirectory, rename, write } = system
  Object.assign(system, {
    remove: refusing(remove),
    removeDirectory: refusing(removeDirectory),
    rename: refusing(rename),
    write: refusing(write),
  })
}

describe('stop, on a root file system that has become read-only', () => {
  test('succeeds when the session ends: the record stays, and does not log in by itself', async () => {
    const { system, initiator } = await running()
    readOnly(system)
    const { code, stderr } = await call(iscsiMount, 'stop', { system, parameters })
    expect(code).toBe(exit.success)
    expect(stderr).toMatch(/WARNING: the node record of \S+ at \S+ stays: EROFS.*does not log in by itself/)
    expect(initiator.sessions).toEqual([])
    expect((await call(iscsiMount, 'stop', { system, parameters })).code).toBe(exit.success)
  })

  test('fails when the record that stays would log in by itself', async () => {
    const { system } = await running()
    const record = `/etc/iscsi/nodes/${IQN}/${PORTAL.replace(':', ',')}`
    system.put(record, system.read(record).replace('node.startup = manual', 'node.startup = automatic'))
    readOnly(system)
    const { code, reasons } = await call(iscsiMount, 'stop', { system, parameters })
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([expect.stringContaining('EROFS')])
  })

  test('goes on asking for a logout that was refused, and restarts iscsid', async () => {
    const { system, initiator } = await running()
    initiator.iscsid = 'hangs'
    readOnly(system)
    expect((await call(iscsiMount, 'stop', { system, parameters })).code).toBe(exit.success)
    expect(system.commands).toContainEqual(['systemctl', 'restart', 'iscsid.service'])
  })
})

describe('stop, when iscsid', () => {
  test('was restarted while the target is there, waits until it knows the session again', async () => {
    const { system, initiator } = await running()
    initiator.iscsid = 'dead'
    expect((await call(iscsiMount, 'stop', { system, parameters })).code).toBe(exit.success)
    expect(system.commands.flat()).not.toContain('systemctl')
    expect(initiator.sessions).toEqual([])
  })

  test('was restarted while the target is away, makes it give the session up', async () => {
    const { system, initiator, target } = await running()
    target.answer = 'is away'
    initiator.restart()
    const { code, stderr } = await call(iscsiMount, 'stop', { system, parameters })
    expect(code).toBe(exit.success)
    expect(stderr).toMatch(
      /WARNING: session1 to \S+ at \S+ does not end \(.*target likely not connected\): restarting iscsid/,
    )
    expect({ sessions: initiator.sessions, records: system.list('/etc/iscsi/nodes') }).toEqual({
      sessions: [],
      records: [],
    })
  })

  test('hangs, restarts it', async () => {
    const { system, initiator } = await running()
    initiator.iscsid = 'hangs'
    const { code, stderr } = await call(iscsiMount, 'stop', { system, parameters })
    expect(code).toBe(exit.success)
    expect(stderr).toContain('iscsid (pid 100) was stopped by a signal')
    expect(initiator.sessions).toEqual([])
  })

  test('hangs with a login that an earlier start asked for, restarts it', async () => {
    const { system, initiator } = node()
    initiator.iscsid = 'hangs'
    const environment = { OCF_RESKEY_CRM_meta_timeout: '20000' }
    await call(iscsiMount, 'start', { system, parameters, environment })
    const { code, stderr } = await call(iscsiMount, 'stop', { system, parameters })
    expect(code).toBe(exit.success)
    expect(stderr).toContain('may still have a login to do: restarting it')
    expect(system.commands.at(-1)).toEqual(['systemctl', 'restart', 'iscsid.service'])
  })

  test('cannot be started, takes the disk away and fails with what to do', async () => {
    const { system, initiator } = await running()
    initiator.iscsid = 'cannot start'
    const { code, reasons } = await call(iscsiMount, 'stop', { system, parameters })
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([
      expect.stringMatching(
        /^session1 to \S+ at \S+ does not end, .*masked.*could not connect|^session1 .*masked.*; its disk sda was taken from this node, .*fence this node$/,
      ),
    ])
    expect(() => system.stat('/dev/sda')).toThrow('ENOENT')
    expect(initiator.sessions).toHaveLength(1)
  })

  test('is there again when the resource is stopped once more, ends the session', async () => {
    const { system, initiator } = await running()
    initiator.iscsid = 'cannot start'
    await call(iscsiMount, 'stop', { system, parameters })
    initiator.restart()
    expect((await call(iscsiMount, 'monitor', { system, parameters })).code).toBe(exit.genericError)
    expect((await call(iscsiMount, 'stop', { system, parameters })).code).toBe(exit.success)
    expect(initiator.sessions).toEqual([])
  })

  test('is restarted by ten stops at once, it is restarted once', async () => {
    const system = fakeSystem()
    const numbers = [...Array(10).keys()]
    const targets = numbers.map(
      (n): FakeTarget => ({ iqn: `${IQN}-${n}`, portal: PORTAL, luns: [0], answer: 'accepts' }),
    )
    const initiator = openIscsi(system, targets)
    const each = (action: string) =>
      Promise.all(
        numbers.map(n => call(iscsiMount, action, { system, parameters: { ...parameters, iqn: `${IQN}-${n}` } })),
      )
    await each('start')
    for (const target of targets) target.answer = 'is away'
    initiator.restart()
    expect((await each('stop')).map(({ code }) => code)).toEqual(numbers.map(() => exit.success))
    expect(system.commands.filter(([tool]) => tool === 'systemctl')).toHaveLength(1)
    expect(system.list('/run')).not.toContain('vhacs-iscsid-restart')
  })

  test('needs a restart and systemctl is missing, goes on asking and says so', async () => {
    const { system, initiator, target } = await running()
    target.answer = 'is away'
    initiator.restart()
    system.tools.delete('systemctl')
    setTimeout(() => Object.assign(target, { answer: 'accepts' }), 80_000)
    expect((await call(iscsiMount, 'stop', { system, parameters })).code).toBe(exit.success)
  })
})

describe('stop, when iscsiadm', () => {
  test('is missing, says which package has it', async () => {
    const { system } = await running()
    system.tools.delete('iscsiadm')
    const { code, reasons } = await call(iscsiMount, 'stop', { system, parameters })
    expect(code).toBe(exit.notInstalled)
    expect(reasons).toEqual([expect.stringContaining('open-iscsi')])
  })

  test.each(exitStatuses.iscsiadm)('reports %i and the session ends later, waits for that', async status => {
    const { system, initiator, session } = await running()
    answer(system, 'iscsiadm --logout', () => reported(status, 'whatever'))
    setTimeout(() => initiator.drop(session), 10_000)
    expect((await call(iscsiMount, 'stop', { system, parameters })).code).toBe(exit.success)
  })

  test('says that all is well and the session stays, fails with what to do', async () => {
    const { system } = await running()
    answer(system, 'iscsiadm --logout', () => ({ status: 0, stdout: 'Logout successful.' }))
    const { code, reasons } = await call(iscsiMount, 'stop', { system, parameters })
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([expect.stringMatching(/^session1 .* does not end, .*fence this node$/)])
  })

  test('hangs past every bound, ends before the timeout with what it was doing', async () => {
    const { system } = await running()
    system.tools.set('iscsiadm', (_, { signal }) => system.sleep(1e6, signal).then(() => 0))
    const { code, reasons } = await call(iscsiMount, 'stop', { system, parameters })
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([expect.stringMatching(/^stop gave up: not finished after 119\.5 s, while logging out/)])
  })
})
