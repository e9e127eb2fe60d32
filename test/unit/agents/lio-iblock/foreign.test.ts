import { describe, expect, test } from 'vitest'
import { lioIblock } from '../../../../agents/lio-iblock/index.ts'
import { exit } from '../../../../ocf/exit.ts'
import { addBlockDevice } from '../../../fake/block/block.ts'
import { call, recurring } from '../../../fake/call.ts'
import { lio } from '../../../fake/lio/lio.ts'
import {
  HBA,
  IQN,
  NAME,
  NO_BACKSTORE,
  node,
  parameters,
  running,
  STORE,
  TARGET,
  targetcli,
  VHOST,
} from '../../../fake/nodes/lio-iblock.ts'
import { modules } from '../../../fake/proc/modules.ts'
import { addProcess } from '../../../fake/proc/processes.ts'
import { fakeSystem } from '../../../fake/system.ts'
import { link } from '../../../fake/tree.ts'

/* What others have made on the node, or left there. */

describe('a device that is exported already', () => {
  test.each([
    'iblock',
    'fileio',
  ])('by an %s backstore of targetcli is refused, and theirs is left alone', async type => {
    const made = node()
    await targetcli(made, { type })
    const { system } = made
    expect(await call(lioIblock, 'start', { system, parameters })).toMatchObject({
      code: exit.genericError,
      reasons: [
        `/dev/drbd0 cannot be exported: it is exported already by LIO backstore ${type}_0/theirs ` +
          '(lun_0 of iqn.2003-01.org.linux-iscsi:other tpgt_1), which is not ours',
      ],
    })
    expect((await call(lioIblock, 'stop', { system, parameters })).code).toBe(exit.success)
    expect(system.changes).toEqual([])
  })

  test('by another path is refused too', async () => {
    const made = node()
    addBlockDevice(made.system, '/dev/alias', '147:0')
    await targetcli(made, { device: '/dev/alias' })
    const { reasons } = await call(lioIblock, 'start', { system: made.system, parameters })
    expect(reasons).toEqual([expect.stringContaining('LIO backstore iblock_0/theirs')])
  })

  test('but held otherwise names the holder', async () => {
    const { system, kernel } = node()
    kernel.held.add('/dev/drbd0')
    system.put('/proc/self/mountinfo', '30 1 147:0 / /mnt/c0 rw - ext3 /dev/drbd0 rw\n')
    const { code, reasons } = await call(lioIblock, 'start', { system, parameters })
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([expect.stringContaining('/dev/drbd0 cannot be exported: it is in use by mount /mnt/c0')])
  })

  test('but held by a process names it', async () => {
    const { system, kernel } = node()
    kernel.held.add('/dev/drbd0')
    addProcess(system, { pid: 42, name: 'e2fsck', files: ['/dev/drbd0'] })
    const { reasons } = await call(lioIblock, 'start', { system, parameters })
    expect(reasons).toEqual(['/dev/drbd0 cannot be exported: it is in use by process 42 (e2fsck)'])
  })

  test('or cannot be written says so', async () => {
    const { system, kernel } = node()
    kernel.devices.set('/dev/drbd0', { isReadOnly: true })
    const { code, reasons } = await call(lioIblock, 'start', { system, parameters })
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([expect.stringContaining('it is read-only on this node')])
  })
})

describe('our target and tag, made by targetcli', () => {
  test('are ours: not running, and taken away; the backstore in it is not, and is named', async () => {
    const made = node()
    await targetcli(made, { iqn: IQN })
    const { system } = made
    const { code, reasons } = await call(lioIblock, 'monitor', { system, parameters })
    expect(code).toBe(exit.genericError)
    expect(reasons[0]).toContain('LUN 0 does not point at the backstore')
    expect((await call(lioIblock, 'stop', { system, parameters })).code).toBe(exit.success)
    expect((await call(lioIblock, 'monitor', { system, parameters })).code).toBe(exit.notRunning)
    expect(system.list(`${TARGET}/core/iblock_0`)).toContain('theirs')
    expect((await call(lioIblock, 'start', { system, parameters })).reasons).toEqual([
      '/dev/drbd0 cannot be exported: it is exported already by LIO backstore iblock_0/theirs, which is not ours',
    ])
  })

  test('another tag of our target is not', async () => {
    const made = node()
    addBlockDevice(made.system, '/dev/sdz', '8:400')
    await targetcli(made, { iqn: IQN, tpgt: 2, device: '/dev/sdz' })
    const { system } = made
    expect((await call(lioIblock, 'start', { system, parameters })).code).toBe(exit.success)
    expect((await call(lioIblock, 'stop', { system, parameters })).code).toBe(exit.success)
    expect(system.read(`${TARGET}/iscsi/${IQN}/tpgt_2/enable`).trim()).toBe('1')
  })
})

test('a stop while another target exports our backstore fails and names it, until it is gone', async () => {
  const { system } = await running()
  const other = `${TARGET}/iscsi/iqn.2003-01.org.linux-iscsi:other`
  for (const path of ['', '/tpgt_1', '/tpgt_1/lun/lun_7']) await system.makeDirectory(`${other}${path}`)
  await system.link(STORE, `${other}/tpgt_1/lun/lun_7/x`)
  expect(await call(lioIblock, 'stop', { system, parameters })).toMatchObject({
    code: exit.genericError,
    reasons: [
      `stop gave up: not finished after 59.5 s, while waiting for ${STORE}, which is in use by lun_7 of iqn.2003-01.org.linux-iscsi:other tpgt_1`,
    ],
  })
  await system.remove(`${other}/tpgt_1/lun/lun_7/x`)
  expect((await call(lioIblock, 'stop', { system, parameters })).code).toBe(exit.success)
  expect(system.list(`${TARGET}/core`)).toEqual(NO_BACKSTORE)
})

describe.each([
  ['the portal', `tpgt_1/np/192.0.2.10:3260`],
  ['an ACL', `tpgt_1/acls/${VHOST}`],
  ['a LUN', 'tpgt_1/lun/lun_0'],
  ['the TPG', 'tpgt_1'],
])('a stop for which %s is busy', (_, path) => {
  const busyUntil = async (free: number) => {
    const { system } = await running()
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
    expect((await call(lioIblock, 'stop', { system, parameters })).code).toBe(exit.success)
    expect(system.list(`${TARGET}/core`)).toEqual(NO_BACKSTORE)
  })

  test('gives up at its deadline and names it', async () => {
    const { code, reasons } = await call(lioIblock, 'stop', { system: await busyUntil(1e6), parameters })
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([
      `stop gave up: not finished after 59.5 s, while waiting for ${TARGET}/iscsi/${IQN}/${path}, which is in use by something that the kernel does not show`,
    ])
  })
})

test('a stop while somebody lets another initiator in removes that too', async () => {
  const { system } = await running()
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
  expect(await call(lioIblock, 'stop', { system, parameters })).toMatchObject({ code: exit.success, reasons: [] })
})

test('a stop beside targetctl clear, which removes the same, succeeds', async () => {
  const { system } = await running()
  const { write, remove } = system
  system.write = async (path, text) => {
    await write(path, text)
    throw Object.assign(new Error('EINVAL: invalid argument, write'), { code: 'EINVAL' })
  }
  system.remove = async path => {
    await remove(path)
    await remove(path)
  }
  expect(await call(lioIblock, 'stop', { system, parameters })).toMatchObject({ code: exit.success, reasons: [] })
})

test('an export that listens while configfs is not mounted is not called stopped, and a stop mounts configfs', async () => {
  const { system, kernel } = await running()
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
    expect(await call(lioIblock, 'monitor', { system: found, parameters, environment })).toMatchObject({
      code: exit.genericError,
      reasons: [expect.stringContaining('configfs is not mounted')],
    })
  kernel.listening.clear()
  expect(await call(lioIblock, 'stop', { system: found, parameters })).toMatchObject({
    code: exit.success,
    reasons: [],
  })
  expect(system.commands).toContainEqual(['mount', '-t', 'configfs', 'configfs', '/sys/kernel/config'])
  expect(system.list(`${TARGET}/core`)).toEqual(NO_BACKSTORE)
})

test('an HBA that two backstores share is left to the other', async () => {
  const { system } = await running()
  await system.makeDirectory(`${TARGET}/core/${HBA}/other`)
  expect((await call(lioIblock, 'stop', { system, parameters })).code).toBe(exit.success)
  expect(system.list(`${TARGET}/core/${HBA}`)).not.toContain(NAME)
})

describe('a portal in use', () => {
  test('by another target with the same address is shared', async () => {
    const { system } = await running()
    addBlockDevice(system, '/dev/drbd1', '147:1')
    const other = { ...parameters, iqn: `${IQN}1`, device: '/dev/drbd1' }
    expect((await call(lioIblock, 'start', { system, parameters: other })).code).toBe(exit.success)
    expect((await call(lioIblock, 'stop', { system, parameters })).code).toBe(exit.success)
    const monitored = await call(lioIblock, 'monitor', { system, parameters: other, environment: recurring })
    expect(monitored.code).toBe(exit.success)
  })

  test('by a target that listens on every address names that target (OCF_ERR_GENERIC)', async () => {
    const { system } = await running({ portals: '0.0.0.0' })
    addBlockDevice(system, '/dev/drbd1', '147:1')
    const other = { ...parameters, iqn: `${IQN}1`, device: '/dev/drbd1' }
    expect(await call(lioIblock, 'start', { system, parameters: other })).toMatchObject({
      code: exit.genericError,
      reasons: [`portal 192.0.2.10:3260 cannot be opened: target ${IQN} tpgt_1 listens on 0.0.0.0:3260`],
    })
  })

  test('by another program is said to be (OCF_ERR_GENERIC)', async () => {
    const { system, kernel } = node()
    kernel.listening.add('[::]:3260')
    expect((await call(lioIblock, 'start', { system, parameters })).reasons).toEqual([
      'portal 192.0.2.10:3260 cannot be opened: something on this node listens on [::]:3260',
    ])
  })

  test('for a moment, while another action leaves it, is waited for', async () => {
    const { system, kernel } = node()
    kernel.listening.add('192.0.2.10:3260')
    const sleep: typeof system.sleep = async (...args) => {
      await system.sleep(...args)
      kernel.listening.clear()
    }
    expect((await call(lioIblock, 'start', { system: { ...system, sleep }, parameters })).code).toBe(exit.success)
  })
})

describe('without the modules of LIO', () => {
  const bare = () => {
    const system = fakeSystem({ '/proc/self/mountinfo': '' })
    lio(system, { loaded: false })
    addBlockDevice(system, '/dev/drbd0', '147:0')
    return system
  }

  test('a start is refused (OCF_ERR_INSTALLED)', async () => {
    const { system } = node()
    system.take(TARGET)
    modules(system, { configfs: () => {} })
    const { code, reasons } = await call(lioIblock, 'start', { system, parameters })
    expect(code).toBe(exit.notInstalled)
    expect(reasons).toEqual([expect.stringMatching(/iscsi_target_mod cannot all be loaded: .*not found/)])
    expect(system.changes).toEqual([])
  })

  test('nor modprobe, a start says what to install (OCF_ERR_INSTALLED)', async () => {
    const system = bare()
    system.tools.delete('modprobe')
    const { code, reasons } = await call(lioIblock, 'start', { system, parameters })
    expect([code, reasons.length]).toEqual([exit.notInstalled, 1])
    expect(reasons[0]).toContain('install the package kmod')
  })

  test('a modprobe that hangs is given up in time', async () => {
    const system = bare()
    system.tools.set('modprobe', async (_, { signal }) => {
      await system.sleep(100_000, signal)
      return 0
    })
    const { code, reasons } = await call(lioIblock, 'start', { system, parameters })
    expect([code, reasons.length]).toEqual([exit.genericError, 1])
    expect(reasons[0]).toContain('while loading the modules of LIO')
  })

  test('that were loaded without configfs being mounted, a start says so (OCF_ERR_GENERIC)', async () => {
    const system = bare()
    system.tools.set('modprobe', () => ({ status: 0, stdout: 'rubbish\u0000\n' }))
    const { code, reasons } = await call(lioIblock, 'start', { system, parameters })
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([expect.stringContaining('is configfs mounted')])
  })
})

test('a kernel that cannot refuse reservations is too old (OCF_ERR_INSTALLED)', async () => {
  const { system } = node()
  const makeDirectory = async (path: string) => {
    await system.makeDirectory(path)
    if (path === STORE) system.take(`${STORE}/attrib/emulate_pr`)
  }
  const { code, reasons } = await call(lioIblock, 'start', { system: { ...system, makeDirectory }, parameters })
  expect([code, reasons]).toEqual([exit.notInstalled, [expect.stringContaining('Linux 4.20')]])
  expect((await call(lioIblock, 'stop', { system, parameters })).code).toBe(exit.success)
  expect(system.list(`${TARGET}/core`)).toEqual(NO_BACKSTORE)
})

describe('a saved configuration of targetcli', () => {
  const unit = '/etc/systemd/system/multi-user.target.wants'
  test.each([
    ['/etc/rtslib-fb-target/saveconfig.json', 'rtslib-fb-targetctl.service'],
    ['/etc/target/saveconfig.json', 'target.service'],
  ])('%s that would come back at boot is warned of, and starts are not kept from it', async (file, service) => {
    const { system } = node()
    system.put(file, `{ "targets": [ { "wwn": "${IQN}" } ] }`)
    const silent = await call(lioIblock, 'validate-all', { system, parameters, environment: { OCF_CHECK_LEVEL: '10' } })
    expect(silent.stderr).toBe('')
    system.put(`${unit}/${service}`, '')
    for (const [action, environment] of [
      ['validate-all', { OCF_CHECK_LEVEL: '10' }],
      ['start', {}],
    ] as const) {
      const { code, stderr } = await call(lioIblock, action, { system, parameters, environment })
      expect(code).toBe(exit.success)
      expect(stderr).toContain(`WARNING: ${service} is enabled: at boot it restores ${IQN} from ${file}`)
    }
  })

  test('whose service was masked, with its links still there, is not warned of', async () => {
    const { system } = node()
    system.put(`${unit}/target.service`, '')
    system.put('/etc/systemd/system/target.service', link('/dev/null'))
    system.put('/dev/null', '')
    expect((await call(lioIblock, 'start', { system, parameters })).stderr).not.toContain('target.service')
  })

  test('without our target still clears all targets when its service stops', async () => {
    const { system } = node()
    system.put(`${unit}/target.service`, '')
    system.put('/etc/target/saveconfig.json', `{ "targets": [ { "wwn": "${IQN}0" } ] }`)
    const { stderr } = await call(lioIblock, 'start', { system, parameters })
    expect(stderr).toContain('it removes every target of this node when it stops')
  })
})
