import { describe, expect, test } from 'vitest'
import { iscsiMount } from '../../../../agents/iscsi-mount/index.ts'
import { exit } from '../../../../ocf/exit.ts'
import { answer } from '../../../fake/answer.ts'
import { call } from '../../../fake/call.ts'
import { exitStatuses } from '../../../fake/exit-statuses.ts'
import type { FakeTarget } from '../../../fake/iscsi/iscsi-sessions.ts'
import { openIscsi } from '../../../fake/iscsi/open-iscsi.ts'
import { IQN, PORTAL, parameters, probe, start, started, stop, stopped } from '../../../fake/nodes/iscsi-mount.ts'
import type { FakeSystem } from '../../../fake/system.ts'
import { fakeSystem } from '../../../fake/system.ts'
import { directory, file } from '../../../fake/tree.ts'

/* iscsiadm, iscsid and systemctl when they are missing, refuse, print garbage or hang. */

const LOCK = '/run/lock/iscsi/lock.write'

const reported = (status: number, words: string) => ({
  status,
  stderr: `iscsiadm: Could not login to [iface: default].\niscsiadm: initiator reported error (${status} - ${words})\n`,
})

describe('start, when iscsiadm', () => {
  test('is missing, names the package (OCF_ERR_INSTALLED)', async () => {
    const { system } = stopped()
    system.tools.delete('iscsiadm')
    expect(await start(system)).toMatchObject({
      code: exit.notInstalled,
      reasons: [expect.stringContaining('install the package open-iscsi')],
    })
  })

  test('also reports it if Open-iSCSI was never installed at all', async () => {
    const { system } = stopped()
    system.take('/etc/iscsi')
    expect((await start(system)).code).toBe(exit.notInstalled)
  })

  const refusals = [
    [7, 'invalid parameter', exit.genericError, /exited with 7: invalid parameter/],
    [12, 'iSCSI driver not found', exit.notInstalled, /kernel module iscsi_tcp cannot be loaded/],
    [13, 'daemon access denied', exit.insufficientPrivileges, /access denied/],
    [20, 'could not connect to iscsid', exit.genericError, /iscsid is unreachable: check systemctl status iscsid.so/],
    [24, 'iSCSI login failed due to authorization failure', exit.genericError, /rejected the initiator iqn\S+:here:/],
  ] as const
  test.each(refusals)('reports %i (%s), it fails at once with %i', async (status, words, code, reason) => {
    const { system } = stopped()
    answer(system, 'iscsiadm --login', () => reported(status, words))
    const result = await start(system)
    expect(result).toMatchObject({ code, reasons: [expect.stringMatching(reason)] })
    expect(system.commands.filter(words => words.includes('--login'))).toHaveLength(1)
    expect(system.list('/etc/iscsi/nodes')).toEqual([])
  })

  const isRefusal = (status: number) => refusals.some(([refusal]) => refusal === status)
  test.each(exitStatuses.iscsiadm.filter(status => !isRefusal(status)))('reports %i, it tries again', async status => {
    const { system } = stopped()
    let failures = 3
    answer(system, 'iscsiadm --login', (args, options, usual) =>
      failures-- > 0 ? reported(status, 'whatever') : usual(args, options),
    )
    expect((await start(system)).code).toBe(exit.success)
  })

  test('cannot create a record, it reports why', async () => {
    const { system } = stopped()
    answer(system, 'iscsiadm -o new', () => ({
      status: 6,
      stderr: 'iscsiadm: Could not make /etc/iscsi/nodes: Read-only file system\n',
    }))
    expect(await start(system)).toMatchObject({
      code: exit.genericError,
      reasons: [expect.stringMatching(/-o new exited with 6: .*Read-only file system/)],
    })
  })

  test('creates a record in an unknown place, it reports that', async () => {
    const { system } = stopped()
    answer(system, 'iscsiadm -o new', () => ({ status: 0, stdout: 'New iSCSI node added' }))
    const { code, reasons } = await start(system)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([expect.stringContaining('iscsiadm did not create a record')])
  })

  test('hangs because iscsid was stopped, it names the daemon and leaves the record for the stop', async () => {
    const { system, initiator } = stopped()
    initiator.iscsid = 'hangs'
    const { code, reasons } = await start(system)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([expect.stringMatching(/iscsid \(pid 100\) was stopped by a signal/)])
    expect(system.list('/etc/iscsi/nodes')).toEqual([IQN])
  })
})

describe('a lock that another program left', () => {
  const goneMeanwhile = (system: FakeSystem, verb: 'remove' | 'removeDirectory', lock: string) => {
    const usual = system[verb]
    system[verb] = async path => {
      if (path === lock) system.take(path)
      await usual(path)
    }
  }

  test('on the records that another program removes first does not matter', async () => {
    const { system } = stopped()
    system.put(LOCK, { ...file(''), changedAt: Date.now() })
    goneMeanwhile(system, 'remove', LOCK)
    expect((await start(system)).code).toBe(exit.success)
  })

  test('on the restart of iscsid that another program removes first does not matter', async () => {
    const { system, initiator } = await started()
    initiator.iscsid = 'hangs'
    system.put('/run/vhacs-iscsid-restart', { ...directory(), changedAt: Date.now() - 90_000 })
    goneMeanwhile(system, 'removeDirectory', '/run/vhacs-iscsid-restart')
    expect((await stop(system)).code).toBe(exit.success)
  })
})

describe('the lock of the records', () => {
  test('that a killed iscsiadm left is removed', async () => {
    const { system } = stopped()
    system.put(LOCK, { ...file(''), changedAt: Date.now() })
    expect((await start(system)).code).toBe(exit.success)
    expect(system.list('/run/lock/iscsi')).toEqual([])
  })

  test('that another program holds is waited for', async () => {
    const { system } = stopped()
    system.put(LOCK, { ...file(''), changedAt: Date.now() })
    setTimeout(() => system.put(LOCK, { ...file(''), changedAt: Date.now() }), 8000)
    setTimeout(() => system.take(LOCK), 12_000)
    expect((await start(system)).code).toBe(exit.success)
    expect(system.changes).not.toContain(`unlink ${LOCK}`)
  })
})

/** Refuses changes to the database of open-iscsi, as a root file system does that has become read-only. */
function readOnly(system: FakeSystem): void {
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
  test('succeeds when the session closes: the record remains, and does not log in by itself', async () => {
    const { system, initiator } = await started()
    readOnly(system)
    const { code, stderr } = await stop(system)
    expect(code).toBe(exit.success)
    expect(stderr).toMatch(
      /WARNING: the node record of \S+ at \S+ could not be removed: EROFS.*does not log in by itself/,
    )
    expect(initiator.sessions).toEqual([])
    expect((await stop(system)).code).toBe(exit.success)
  })

  test('fails if the remaining record would log in by itself', async () => {
    const { system } = await started()
    const record = `/etc/iscsi/nodes/${IQN}/${PORTAL.replace(':', ',')}`
    system.put(record, system.read(record).replace('node.startup = manual', 'node.startup = automatic'))
    readOnly(system)
    const { code, reasons } = await stop(system)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([expect.stringContaining('EROFS')])
  })

  test('keeps requesting a logout that was refused, and restarts iscsid', async () => {
    const { system, initiator } = await started()
    initiator.iscsid = 'hangs'
    readOnly(system)
    expect((await stop(system)).code).toBe(exit.success)
    expect(system.commands).toContainEqual(['systemctl', 'restart', 'iscsid.service'])
  })
})

describe('stop, when iscsid', () => {
  test('was restarted while the target is reachable, waits until it has recovered the session', async () => {
    const { system, initiator } = await started()
    initiator.iscsid = 'dead'
    expect((await stop(system)).code).toBe(exit.success)
    expect(system.commands.flat()).not.toContain('systemctl')
    expect(initiator.sessions).toEqual([])
  })

  test('was restarted while the target is unreachable, makes it abandon the session', async () => {
    const { system, initiator, target } = await started()
    target.answer = 'is away'
    initiator.restart()
    const { code, stderr } = await stop(system)
    expect(code).toBe(exit.success)
    expect(stderr).toMatch(
      /WARNING: session1 to \S+ at \S+ does not log out \(.*target likely not connected\): restarting iscsid/,
    )
    expect({ sessions: initiator.sessions, records: system.list('/etc/iscsi/nodes') }).toEqual({
      sessions: [],
      records: [],
    })
  })

  test('hangs, restarts it', async () => {
    const { system, initiator } = await started()
    initiator.iscsid = 'hangs'
    const { code, stderr } = await stop(system)
    expect(code).toBe(exit.success)
    expect(stderr).toContain('iscsid (pid 100) was stopped by a signal')
    expect(initiator.sessions).toEqual([])
    // a signal has stopped it: to ask again is of no use
    const asked = system.commands.slice(
      0,
      system.commands.findIndex(([tool]) => tool === 'systemctl'),
    )
    expect(asked.filter(words => words.includes('--logout'))).toHaveLength(1)
  })

  test('hangs with a login that an earlier start requested, restarts it', async () => {
    const { system, initiator } = stopped()
    initiator.iscsid = 'hangs'
    const environment = { OCF_RESKEY_CRM_meta_timeout: '20000' }
    await start(system, {}, environment)
    const { code, stderr } = await stop(system)
    expect(code).toBe(exit.success)
    expect(stderr).toContain('may still have a login in progress: restarting it')
    expect(system.commands.at(-1)).toEqual(['systemctl', 'restart', 'iscsid.service'])
  })

  test('cannot be started, removes the disk and reports what to do', async () => {
    const { system, initiator } = await started()
    initiator.iscsid = 'cannot start'
    const { code, reasons } = await stop(system)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([
      expect.stringMatching(
        /^session1 to \S+ at \S+ does not log out: .*fence this node; .*(masked.*could not connect|masked.*; its disk sda was removed from this node, )/,
      ),
    ])
    expect(() => system.stat('/dev/sda')).toThrow('ENOENT')
    expect(initiator.sessions).toHaveLength(1)
  })

  test('runs again when the resource is stopped once more, closes the session', async () => {
    const { system, initiator } = await started()
    initiator.iscsid = 'cannot start'
    await stop(system)
    initiator.restart()
    expect((await probe(system)).code).toBe(exit.genericError)
    expect((await stop(system)).code).toBe(exit.success)
    expect(initiator.sessions).toEqual([])
  })

  test('needs a restart in ten simultaneous stops, is restarted once', async () => {
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

  test('needs a restart and systemctl is missing, keeps requesting the logout', async () => {
    const { system, initiator, target } = await started()
    target.answer = 'is away'
    initiator.restart()
    system.tools.delete('systemctl')
    setTimeout(() => Object.assign(target, { answer: 'accepts' }), 80_000)
    expect((await stop(system)).code).toBe(exit.success)
  })
})

describe('stop, when iscsiadm', () => {
  test('is missing, names the package', async () => {
    const { system } = await started()
    system.tools.delete('iscsiadm')
    const { code, reasons } = await stop(system)
    expect(code).toBe(exit.notInstalled)
    expect(reasons).toEqual([expect.stringContaining('open-iscsi')])
  })

  test.each(exitStatuses.iscsiadm)('reports %i and the session ends later, waits for that', async status => {
    const { system, initiator, session } = await started()
    answer(system, 'iscsiadm --logout', () => reported(status, 'whatever'))
    setTimeout(() => initiator.drop(session), 10_000)
    expect((await stop(system)).code).toBe(exit.success)
  })

  test('reports success but the session remains, fails and reports what to do', async () => {
    const { system } = await started()
    answer(system, 'iscsiadm --logout', () => ({ status: 0, stdout: 'Logout successful.' }))
    const { code, reasons } = await stop(system)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([expect.stringMatching(/^session1 .* does not log out: .*fence this node; /)])
  })

  test('hangs for ever, fails before the timeout with the current step', async () => {
    const { system } = await started()
    system.tools.set('iscsiadm', (_, { signal }) => system.sleep(1e6, signal).then(() => 0))
    const { code, reasons } = await stop(system)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([expect.stringMatching(/^stop timed out: not finished after 119\.5 s, while logging out/)])
  })
})
