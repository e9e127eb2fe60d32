import { describe, expect, test } from 'vitest'
import { exit } from '../../../../ocf/exit.ts'
import { addBlockDevice } from '../../../fake/block/block.ts'
import { recurring } from '../../../fake/call.ts'
import { lio } from '../../../fake/lio/lio.ts'
import {
  HBA,
  IQN,
  monitor,
  NAME,
  NO_BACKSTORE,
  probe,
  STORE,
  start,
  started,
  stop,
  stopped,
  TARGET,
  targetcli,
  VHOST,
  validate,
} from '../../../fake/nodes/lio-iblock.ts'
import { modules } from '../../../fake/proc/modules.ts'
import { addProcess } from '../../../fake/proc/processes.ts'
import { fakeSystem } from '../../../fake/system.ts'
import { link } from '../../../fake/tree.ts'

/* Objects that other programs have created on the node, or left there. */

describe('a device that is already exported', () => {
  test.each([
    'iblock',
    'fileio',
  ])('by an %s backstore of targetcli is refused, and the backstore is not touched', async type => {
    const made = stopped()
    await targetcli(made, { type })
    const { system } = made
    expect(await start(system)).toMatchObject({
      code: exit.genericError,
      reasons: [
        `/dev/drbd0 cannot be exported: it is already exported by LIO backstore ${type}_0/theirs ` +
          '(lun_0 of iqn.2003-01.org.linux-iscsi:other tpgt_1), which does not belong to this resource',
      ],
    })
    expect((await stop(system)).code).toBe(exit.success)
    expect(system.changes).toEqual([])
  })

  test('through another path is refused too', async () => {
    const made = stopped()
    addBlockDevice(made.system, '/dev/alias', '147:0')
    await targetcli(made, { device: '/dev/alias' })
    const { reasons } = await start(made.system)
    expect(reasons).toEqual([expect.stringContaining('LIO backstore iblock_0/theirs')])
  })

  test('by a mount names the mount', async () => {
    const { system, kernel } = stopped()
    kernel.held.add('/dev/drbd0')
    system.put('/proc/self/mountinfo', '30 1 147:0 / /mnt/c0 rw - ext3 /dev/drbd0 rw\n')
    const { code, reasons } = await start(system)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([expect.stringContaining('/dev/drbd0 cannot be exported: it is in use by mount /mnt/c0')])
  })

  test('by a process names the process', async () => {
    const { system, kernel } = stopped()
    kernel.held.add('/dev/drbd0')
    addProcess(system, { pid: 42, name: 'e2fsck', files: ['/dev/drbd0'] })
    const { reasons } = await start(system)
    expect(reasons).toEqual(['/dev/drbd0 cannot be exported: it is in use by process 42 (e2fsck)'])
  })

  test('or is read-only is reported', async () => {
    const { system, kernel } = stopped()
    kernel.devices.set('/dev/drbd0', { isReadOnly: true })
    const { code, reasons } = await start(system)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([expect.stringContaining('it is read-only on this node')])
  })
})

describe('our target and tag, created by targetcli', () => {
  test('belong to the resource: not running, and removed; the backstore in them does not, and is reported', async () => {
    const made = stopped()
    await targetcli(made, { iqn: IQN })
    const { system } = made
    const { code, reasons } = await probe(system)
    expect(code).toBe(exit.genericError)
    expect(reasons[0]).toContain('LUN 0 does not point at the backstore')
    expect((await stop(system)).code).toBe(exit.success)
    expect((await probe(system)).code).toBe(exit.notRunning)
    expect(system.list(`${TARGET}/core/iblock_0`)).toContain('theirs')
    expect((await start(system)).reasons).toEqual([
      '/dev/drbd0 cannot be exported: it is already exported by LIO backstore iblock_0/theirs, which does not belong to this resource',
    ])
  })

  test('another tag of our target is not touched', async () => {
    const made = stopped()
    addBlockDevice(made.system, '/dev/sdz', '8:400')
    await targetcli(made, { iqn: IQN, tpgt: 2, device: '/dev/sdz' })
    const { system } = made
    expect((await start(system)).code).toBe(exit.success)
    expect((await stop(system)).code).toBe(exit.success)
    expect(system.read(`${TARGET}/iscsi/${IQN}/tpgt_2/enable`).trim()).toBe('1')
  })
})

test('a stop while another target exports our backstore fails and names that target, until it is gone', async () => {
  const { system } = await started()
  const other = `${TARGET}/iscsi/iqn.2003-01.org.linux-iscsi:other`
  for (const path of ['', '/tpgt_1', '/tpgt_1/lun/lun_7']) await system.makeDirectory(`${other}${path}`)
  await system.link(STORE, `${other}/tpgt_1/lun/lun_7/x`)
  expect(await stop(system)).toMatchObject({
    code: exit.genericError,
    reasons: [
      `stop timed out: not finished after 59.5 s, while waiting for ${STORE}, which is in use by lun_7 of iqn.2003-01.org.linux-iscsi:other tpgt_1`,
    ],
  })
  await system.remove(`${other}/tpgt_1/lun/lun_7/x`)
  expect((await stop(system)).code).toBe(exit.success)
  expect(system.list(`${TARGET}/core`)).toEqual(NO_BACKSTORE)
})

describe.each([
  ['the portal', `tpgt_1/np/192.0.2.10:3260`],
  ['an ACL', `tpgt_1/acls/${VHOST}`],
  ['a LUN', 'tpgt_1/lun/lun_0'],
  ['the TPG', 'tpgt_1'],
])('a stop for which %s is busy', (_, path) => {
  const busyUntil = async (free: number) => {
    const { system } = await started()
    const { removeDirectory } = system
    const end = system.now() + free
    system.removeDirectory = async which => {
      if (which === `${TARGET}/iscsi/${IQN}/${path}` && system.now() < end)
        throw Object.assign(new Error('EBUSY: rmdir'), { code: 'EBUSY' })
      await removeDirectory(which)
    }
    return system
  }

  test('waits for it', async () => {
    const system = await busyUntil(50_000)
    expect((await stop(system)).code).toBe(exit.success)
    expect(system.list(`${TARGET}/core`)).toEqual(NO_BACKSTORE)
  })

  test('times out and names it', async () => {
    const { code, reasons } = await stop(await busyUntil(1e6))
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([
      `stop timed out: not finished after 59.5 s, while waiting for ${TARGET}/iscsi/${IQN}/${path}, which is in use by something that the kernel does not show`,
    ])
  })
})

test('a stop during which another initiator is added also removes that ACL', async () => {
  const { system } = await started()
  const tpg = `${TARGET}/iscsi/${IQN}/tpgt_1`
  const { remove } = system
  // after our own ACL went
  system.remove = async path => {
    system.remove = remove
    if (!path.startsWith(`${tpg}/acls/`)) throw new Error(`${path} is the first`)
    await remove(path)
    system.remove = async lunLink => {
      system.remove = remove
      for (const below of ['', '/lun_0']) await system.makeDirectory(`${tpg}/acls/${VHOST}9${below}`)
      await system.link(`${tpg}/lun/lun_0`, `${tpg}/acls/${VHOST}9/lun_0/x`)
      await remove(lunLink)
    }
  }
  expect(await stop(system)).toMatchObject({ code: exit.success, reasons: [] })
})

test('a stop during a targetctl clear, which removes the same objects, succeeds', async () => {
  const { system } = await started()
  const { write, remove } = system
  system.write = async (path, text) => {
    await write(path, text)
    throw Object.assign(new Error('EINVAL: invalid argument, write'), { code: 'EINVAL' })
  }
  system.remove = async path => {
    await remove(path)
    await remove(path)
  }
  expect(await stop(system)).toMatchObject({ code: exit.success, reasons: [] })
})

test('an export that listens while configfs is not mounted does not count as stopped, and a stop mounts configfs', async () => {
  const { system, kernel } = await started()
  const found = {
    ...system,
    stat: (path: string) => (isMounted || !path.startsWith(TARGET) ? system.stat(path) : refuse()),
  }
  let isMounted = false
  const refuse = () => {
    throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' })
  }
  system.put('/sys/module/iscsi_target_mod/refcnt', '1\n')
  system.tools.set('mount', () => {
    isMounted = true
    return 0
  })
  kernel.listening.add('192.0.2.10:3260')
  for (const environment of [{}, recurring])
    expect(await probe(found, {}, environment)).toMatchObject({
      code: exit.genericError,
      reasons: [expect.stringContaining('configfs is not mounted')],
    })
  kernel.listening.clear()
  expect(await stop(found)).toMatchObject({ code: exit.success, reasons: [] })
  expect(system.commands).toContainEqual(['mount', '-t', 'configfs', 'configfs', '/sys/kernel/config'])
  expect(system.list(`${TARGET}/core`)).toEqual(NO_BACKSTORE)
})

test('an HBA that two backstores share is kept for the other', async () => {
  const { system } = await started()
  await system.makeDirectory(`${TARGET}/core/${HBA}/other`)
  expect((await stop(system)).code).toBe(exit.success)
  expect(system.list(`${TARGET}/core/${HBA}`)).not.toContain(NAME)
})

describe('a portal in use', () => {
  test('by another target with the same address is shared', async () => {
    const { system } = await started()
    addBlockDevice(system, '/dev/drbd1', '147:1')
    const other = { iqn: `${IQN}1`, device: '/dev/drbd1' }
    expect((await start(system, other)).code).toBe(exit.success)
    expect((await stop(system)).code).toBe(exit.success)
    const monitored = await monitor(system, other)
    expect(monitored.code).toBe(exit.success)
  })

  test('by a target that listens on every address names that target (OCF_ERR_GENERIC)', async () => {
    const { system } = await started({ portals: '0.0.0.0' })
    addBlockDevice(system, '/dev/drbd1', '147:1')
    const other = { iqn: `${IQN}1`, device: '/dev/drbd1' }
    expect(await start(system, other)).toMatchObject({
      code: exit.genericError,
      reasons: [`portal 192.0.2.10:3260 cannot be opened: target ${IQN} tpgt_1 listens on 0.0.0.0:3260`],
    })
  })

  test('by another program is reported (OCF_ERR_GENERIC)', async () => {
    const { system, kernel } = stopped()
    kernel.listening.add('[::]:3260')
    expect((await start(system)).reasons).toEqual([
      'portal 192.0.2.10:3260 cannot be opened: something on this node listens on [::]:3260',
    ])
  })

  test('for a moment, while another action releases it, is waited for', async () => {
    const { system, kernel } = stopped()
    kernel.listening.add('192.0.2.10:3260')
    const sleep: typeof system.sleep = async (...args) => {
      await system.sleep(...args)
      kernel.listening.clear()
    }
    expect((await start({ ...system, sleep })).code).toBe(exit.success)
  })
})

describe('without the modules of LIO', () => {
  const bare = () => {
    const system = fakeSystem({ '/proc/self/mountinfo': '' })
    lio(system, { loaded: false })
    addBlockDevice(system, '/dev/drbd0', '147:0')
    return system
  }

  test('a start fails (OCF_ERR_INSTALLED)', async () => {
    const { system } = stopped()
    system.take(TARGET)
    modules(system, { configfs: () => {} })
    const { code, reasons } = await start(system)
    expect(code).toBe(exit.notInstalled)
    expect(reasons).toEqual([expect.stringMatching(/iscsi_target_mod cannot all be loaded: .*not found/)])
    expect(system.changes).toEqual([])
  })

  test('or modprobe, a start names the package (OCF_ERR_INSTALLED)', async () => {
    const system = bare()
    system.tools.delete('modprobe')
    const { code, reasons } = await start(system)
    expect([code, reasons.length]).toEqual([exit.notInstalled, 1])
    expect(reasons[0]).toContain('install the package kmod')
  })

  test('a modprobe that hangs times out', async () => {
    const system = bare()
    system.tools.set('modprobe', async (_, { signal }) => {
      await system.sleep(100_000, signal)
      return 0
    })
    const { code, reasons } = await start(system)
    expect([code, reasons.length]).toEqual([exit.genericError, 1])
    expect(reasons[0]).toContain('while loading the modules of LIO')
  })

  test('that were loaded without configfs being mounted, a start reports that (OCF_ERR_GENERIC)', async () => {
    const system = bare()
    system.tools.set('modprobe', () => ({ status: 0, stdout: 'rubbish\u0000\n' }))
    const { code, reasons } = await start(system)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([expect.stringContaining('mount configfs at')])
  })
})

test('a kernel that cannot reject reservations is too old (OCF_ERR_INSTALLED)', async () => {
  const { system } = stopped()
  const makeDirectory = async (path: string) => {
    await system.makeDirectory(path)
    if (path === STORE) system.take(`${STORE}/attrib/emulate_pr`)
  }
  const { code, reasons } = await start({ ...system, makeDirectory })
  expect([code, reasons]).toEqual([exit.notInstalled, [expect.stringContaining('Linux 4.20')]])
  expect((await stop(system)).code).toBe(exit.success)
  expect(system.list(`${TARGET}/core`)).toEqual(NO_BACKSTORE)
})

describe('a saved configuration of targetcli', () => {
  const unit = '/etc/systemd/system/multi-user.target.wants'
  test.each([
    ['/etc/rtslib-fb-target/saveconfig.json', 'rtslib-fb-targetctl.service'],
    ['/etc/target/saveconfig.json', 'target.service'],
  ])('%s that would be restored at boot causes a warning, and starts still succeed', async (file, service) => {
    const { system } = stopped()
    system.put(file, `{ "targets": [ { "wwn": "${IQN}" } ] }`)
    const silent = await validate(system)
    expect(silent.stderr).toBe('')
    system.put(`${unit}/${service}`, '')
    for (const perform of [validate, start]) {
      const { code, stderr } = await perform(system)
      expect(code).toBe(exit.success)
      expect(stderr).toContain(`WARNING: ${service} is enabled: at boot it restores ${IQN} from ${file}`)
    }
  })

  test('whose service was masked causes no warning, although its links still exist', async () => {
    const { system } = stopped()
    system.put(`${unit}/target.service`, '')
    system.put('/etc/systemd/system/target.service', link('/dev/null'))
    system.put('/dev/null', '')
    expect((await start(system)).stderr).not.toContain('target.service')
  })

  test('without our target causes a warning: its service still removes all targets when it stops', async () => {
    const { system } = stopped()
    system.put(`${unit}/target.service`, '')
    system.put('/etc/target/saveconfig.json', `{ "targets": [ { "wwn": "${IQN}0" } ] }`)
    const { stderr } = await start(system)
    expect(stderr).toContain('it removes every target of this node when it stops')
  })
})
