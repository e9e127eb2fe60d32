import { describe, expect, test, vi } from 'vitest'
import { exit } from '../../../../ocf/exit.ts'
import { recurring } from '../../../fake/call.ts'
import {
  deepMonitor,
  fails,
  hangs,
  monitor,
  probe,
  start,
  started,
  stop,
  stopped,
  validate,
  waitOut,
} from '../../../fake/nodes/lvm-volume.ts'
import { addProcess } from '../../../fake/proc/processes.ts'
import type { FakeTool } from '../../../fake/system.ts'
import { link } from '../../../fake/tree.ts'

describe('start', () => {
  test('activates only the volume, ignoring DRBD and iSCSI devices, devices file, volume_list and skip flag', async () => {
    const { system } = stopped()
    await start(system)
    const [asked, activated] = system.commands
    expect(asked?.slice(0, 4)).toEqual(['lvs', '--reportformat', 'json', '-o'])
    expect(activated?.slice(0, 5)).toEqual(['lvchange', '--activate', 'y', '--ignoreactivationskip', '--config'])
    const config = activated?.[5]
    expect(config).toMatch(
      /^devices\{use_devicesfile=0 scan_lvs=0 filter=\[.*\] global_filter=\[.*\]\} activation\{.*\} report\{.*\} log\{.*\}$/,
    )
    expect(config).toContain('"r|^/dev/drbd|","r|^/dev/disk/by-path/.*-iscsi-|"')
    expect(config).toContain('activation_mode="degraded" read_only_volume_list=[] ')
    expect(config).toContain('volume_list=["vhacs/c0"]}')
    expect(activated?.[6]).toBe('vhacs/c0')
    expect(system.commands).toHaveLength(2)
  })

  test('fails when lvchange reports success but nothing is active', async () => {
    const { system } = stopped()
    system.tools.set('lvchange', () => 0)
    const { code, reasons } = await start(system)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual(['lvchange reported success, but volume vhacs/c0 is not active'])
  })

  test("of a missing volume fails with LVM's message", async () => {
    const { system } = stopped()
    const { code, reasons } = await start(system, { volume: 'c9' })
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([
      'volume vhacs/c9 cannot be inspected: lvs exited with 5 (command failed): Failed to find logical volume "vhacs/c9"',
    ])
    expect(system.commands.map(([tool]) => tool)).toEqual(['lvs'])
  })

  test.each([
    [{ lv_layout: 'thin,pool', lv_role: 'private' }, 'is a thin pool, not a volume that can hold data'],
    [{ lv_role: 'private,raid,image' }, 'is an internal volume of LVM (private raid image)'],
    [{ lv_role: 'public,snapshot,thicksnapshot', origin: 'c1' }, 'is a snapshot of c1: LVM cannot activate it'],
    [{ lv_tags: 'mine,vhacs_rollback_1796000000_0123abcd' }, 'is being rolled back to a snapshot: finish that with'],
  ])('of a volume that cannot be activated on its own (%j) fails (OCF_ERR_ARGS)', async (fields, words) => {
    const { system, volume } = stopped()
    Object.assign(volume.report, fields)
    const { code, reasons } = await start(system)
    expect(code).toBe(exit.invalidHere)
    expect(reasons).toEqual([expect.stringContaining(words)])
    expect(system.commands.map(([tool]) => tool)).toEqual(['lvs'])
  })

  test.each([
    { lv_layout: 'raid,raid1' },
    { lv_layout: 'thin,sparse', lv_role: 'public,origin,thinorigin' },
    { lv_layout: 'thin,sparse', lv_role: 'public,snapshot,thinsnapshot', origin: 'c1' },
    { lv_layout: 'cache' },
  ])('of a volume that can be activated on its own (%j) succeeds', async fields => {
    const { system, volume } = stopped()
    Object.assign(volume.report, fields)
    expect((await start(system)).code).toBe(exit.success)
  })

  test.each([
    'inactive',
    'active',
  ])('of an %s volume with autoactivation on warns, and names the command that turns it off', async was => {
    const { system, volume } = was === 'active' ? started() : stopped()
    volume.report.lv_autoactivation = 'enabled'
    const { code, stderr } = await start(system)
    expect(code).toBe(exit.success)
    expect(stderr).toContain('WARNING: vhacs/c0 has autoactivation on')
    expect(stderr).toContain('lvchange --setautoactivation n vhacs/c0')
  })

  test('of an active volume that is being rolled back fails: DRBD must not start above it', async () => {
    const { system, volume } = started()
    Object.assign(volume.report, { lv_tags: 'vhacs_rollback_1796000000_0123abcd' })
    const { code, reasons } = await start(system)
    expect(code).toBe(exit.invalidHere)
    expect(reasons).toEqual([
      'volume vhacs/c0 is being rolled back to a snapshot: finish that with "vhacs storage --rollback"',
    ])
  })

  test('of an origin with snapshots succeeds, and the tags of others do not matter', async () => {
    const { system, volume } = stopped()
    Object.assign(volume.report, { lv_role: 'public,origin,thickorigin', lv_tags: 'vhacs_create_1796034747691,mine' })
    expect((await start(system)).code).toBe(exit.success)
  })

  test('does not warn when the volume or its group has autoactivation off', async () => {
    const { system, volume } = stopped()
    volume.report.lv_autoactivation = 'enabled'
    volume.report.vg_autoactivation = ''
    expect((await start(system)).stderr).toBe('')
  })

  // LVM 2.03.11, as in Debian 11, prints the list of all fields after that
  test('works with an LVM without autoactivation', async () => {
    const { system, volume } = stopped()
    const { lv_autoactivation: _, vg_autoactivation: __, ...report } = volume.report
    volume.report = report
    const usual = system.tools.get('lvs')
    system.tools.set('lvs', (args, options) =>
      args.join(' ').includes('autoactivation')
        ? { status: 3, stderr: '  Logical Volume Fields\n  -----\n\n  Unrecognised field: lv_autoactivation\n' }
        : (usual?.(args, options) ?? 1),
    )
    expect(await start(system)).toMatchObject({ code: exit.success, stderr: '' })
    volume.report.lv_role = 'public,snapshot,thicksnapshot'
    expect((await validate(system)).code).toBe(exit.invalidHere)
  })

  // what LVM 2.03.16 printed with that in its lvm.conf, and prints with ours whatever stands there
  test.each<[setting: string, ours: string, lines: string]>([
    [
      'compact_output=1',
      'compact_output=0',
      '{"lv_layout":"linear", "lv_role":"public", "vg_autoactivation":"enabled"}',
    ],
    [
      'compact_output_cols="origin"',
      'compact_output_cols=""',
      '{"lv_layout":"linear", "lv_role":"public", "lv_autoactivation":"enabled", "vg_autoactivation":"enabled"}',
    ],
    [
      'binary_values_as_numeric=1',
      'binary_values_as_numeric=0',
      '{"lv_layout":"linear", "lv_role":"public", "origin":"", "lv_autoactivation":"1", "vg_autoactivation":"1"}',
    ],
    [
      'list_item_separator=";"',
      'list_item_separator=","',
      '{"lv_layout":"linear", "lv_role":"public;origin;thickorigin", "origin":"", "lv_autoactivation":"enabled", "vg_autoactivation":"enabled"}',
    ],
    [
      'prefixes=1',
      'prefixes=0',
      `{"lv_layout":"linear', "lv_role":"public', "origin":"', "lv_autoactivation":"enabled', "vg_autoactivation":"enabled'}`,
    ],
    ['prefix="lvm: "', 'prefix="  "', 'lvm: {}'],
  ])('reads the report with %s in lvm.conf', async (_, ours, line) => {
    const { system, volume } = stopped()
    Object.assign(volume.report, { lv_role: 'public,origin,thickorigin', lv_autoactivation: 'enabled' })
    const usual = system.tools.get('lvs')
    system.tools.set('lvs', (args, options) => {
      const [, config = ''] = args.slice(args.indexOf('--config'))
      if (config.includes(ours)) return usual?.(args, options) ?? 1
      return { status: 0, stdout: `{"report":[{"lv":[${line}]}]}` }
    })
    const { code, stderr } = await start(system)
    expect(code).toBe(exit.success)
    expect(stderr).toContain('autoactivation on')
    expect(stderr).toContain('has snapshots')
  })

  test('of a volume with snapshots warns that they are activated with it', async () => {
    const { system, volume } = stopped()
    volume.report.lv_role = 'public,origin,thickorigin'
    const { code, stderr } = await start(system)
    expect(code).toBe(exit.success)
    expect(stderr).toContain('WARNING: vhacs/c0 has snapshots')
  })

  test('of an active volume succeeds although LVM cannot report its autoactivation', async () => {
    const { system } = started()
    system.tools.set('lvs', fails(5, 'Volume group "vhacs" not found\n'))
    const { code, stderr } = await start(system)
    expect(code).toBe(exit.success)
    expect(stderr).toMatch(/WARNING: cannot check whether autoactivation is off: .*not found/)
  })

  test('of an active volume succeeds in half its time although LVM hangs on another disk', async () => {
    const { system } = started()
    system.tools.set('lvs', hangs)
    const { code, reasons, stderr } = await waitOut(start, system)
    expect({ code, reasons }).toEqual({ code: exit.success, reasons: [] })
    expect(stderr).toContain('WARNING: cannot check whether autoactivation is off: lvs did not finish within 30 s')
    expect(vi.getTimerCount()).toBe(0)
  })

  test("names a device with the volume's name that LVM did not create", async () => {
    const { system } = stopped()
    system.put('/sys/block/dm-7/dm/name', 'vhacs-c0\n')
    system.put('/sys/block/dm-7/dm/uuid', '\n')
    system.tools.set('lvchange', fails(5, '  device-mapper: create ioctl failed: Device or resource busy\n'))
    const { reasons } = await start(system)
    expect(reasons).toEqual([
      expect.stringMatching(
        /^LVM did not create the device vhacs-c0, .*: check dmsetup info vhacs-c0; .*Device or resource busy$/,
      ),
    ])
  })

  test.each(['lvs', 'lvchange'])('without %s names the missing package (OCF_ERR_INSTALLED)', async tool => {
    const { system } = stopped()
    system.tools.delete(tool)
    expect(await start(system)).toMatchObject({
      code: exit.notInstalled,
      reasons: [`${tool} is not installed on this node: install the package lvm2`],
    })
  })

  test.each([
    [2, '2 (no such command)'],
    [3, '3 (invalid parameters)'],
    [4, '4 (initialisation failed)'],
    [5, '5 (command failed)'],
    [1, '1: '],
  ])('describes exit status %d of LVM and gives its message', async (status, named) => {
    for (const tool of ['lvs', 'lvchange']) {
      const { system } = stopped()
      system.tools.set(tool, fails(status, '  something is wrong\n'))
      const { code, reasons } = await start(system)
      expect(code).toBe(exit.genericError)
      expect(reasons).toEqual([expect.stringContaining(`${tool} exited with ${named}`)])
      expect(reasons).toEqual([expect.stringMatching(/something is wrong$/)])
    }
  })

  test.each([
    '',
    'rubbish',
    '{}',
    '{"report":[{"lv":[]}]}',
    '{"report":[{"lv":[{},{}]}]}',
    'null',
    '{"report":[{"lv":[{"lv_role":1}]}]}',
  ])('activates nothing when lvs prints %j', async stdout => {
    const { system } = stopped()
    system.tools.set('lvs', () => ({ status: 0, stdout }))
    const { code, reasons } = await start(system)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([expect.stringMatching(/^lvs did not report exactly one volume: /)])
    expect(system.commands.map(([tool]) => tool)).toEqual(['lvs'])
  })

  test.each([
    ['lvs', 'querying LVM for volume vhacs/c0'],
    ['lvchange', 'activating volume vhacs/c0'],
  ])('times out when %s hangs, and names the suspended device', async (tool, doing) => {
    const { system } = stopped()
    system.tools.set(tool, hangs)
    system.put('/sys/block/dm-9/dm/name', 'disk-below\n')
    system.put('/sys/block/dm-9/dm/suspended', '1\n')
    const { code, reasons } = await waitOut(start, system)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([
      `start timed out: not finished after 59.5 s, while ${doing}; LVM is waiting for disk-below, which is suspended`,
    ])
  })
})

describe('monitor', () => {
  test('and probe run no command', async () => {
    const { system, volume, activate } = stopped()
    await probe(system)
    activate(volume)
    await monitor(system)
    expect(system.commands).toEqual([])
    expect(system.changes).toEqual([])
  })

  test('of a volume that is not active is 7 (OCF_NOT_RUNNING), in a probe and where it should run', async () => {
    const { system } = stopped()
    for (const environment of [{}, recurring]) expect((await probe(system, {}, environment)).code).toBe(exit.notRunning)
  })

  test('waits for the end of a short suspension', async () => {
    const { system, volume } = started()
    volume.isSuspended = true
    setTimeout(() => {
      volume.isSuspended = false
    }, 3000)
    expect((await monitor(system)).code).toBe(exit.success)
  })

  test('of a volume that stays suspended fails within its time', async () => {
    const { system, volume } = started()
    volume.isSuspended = true
    const begun = system.now()
    const { code, reasons } = await monitor(system)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual(['volume vhacs/c0 is suspended: an LVM command was interrupted'])
    expect(system.now() - begun).toBeLessThan(12_000)
  })

  test('of a volume that stays suspended fails within its time though the clock is set back', async () => {
    const { system, volume } = started()
    volume.isSuspended = true
    const begun = Date.now()
    system.now = () => 2 * begun - Date.now()
    const { reasons } = await monitor(system)
    expect(reasons).toEqual(['volume vhacs/c0 is suspended: an LVM command was interrupted'])
    expect(Date.now() - begun).toBeLessThan(12_000)
  })

  test('of a volume whose activation was interrupted fails, and a start completes it', async () => {
    const { system, volume } = started()
    volume.isEmpty = true
    const { code, reasons } = await monitor(system)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual(['volume vhacs/c0 has no size: its activation was interrupted'])
    system.tools.set(
      'lvs',
      ((given: FakeTool | undefined) => (args, options) => {
        volume.isEmpty = false
        return given?.(args, options) ?? 1
      })(system.tools.get('lvs')) satisfies FakeTool,
    )
    expect((await start(system)).code).toBe(exit.success)
    expect(system.commands.map(([tool, , what]) => [tool, what])).toContainEqual(['lvchange', 'n'])
  })

  test('ignores a device that LVM did not create (OCF_NOT_RUNNING)', async () => {
    const { system } = started()
    system.put('/sys/block/dm-0/dm/uuid', 'CRYPT-x\n')
    expect((await probe(system)).code).toBe(exit.notRunning)
  })
})

describe('stop', () => {
  test('of a volume in use names its users', async () => {
    const { system, volume } = started()
    volume.isOpen = true
    system.put('/sys/block/dm-0/holders/drbd0', link('../../drbd0'))
    system.put('/proc/self/mountinfo', '30 1 253:0 / /mnt/c0 rw - ext3 /dev/dm-0 rw\n')
    system.put('/proc/swaps', 'Filename Type Size Used Priority\n/dev/dm-0 partition 1 0 -2\n')
    system.put('/sys/block/loop3/loop/backing_file', '/dev/dm-0\n')
    system.put('/sys/kernel/config/target/core/iblock_1/c0/udev_path', '/dev/dm-0\n')
    addProcess(system, { pid: 77, name: 'a dump) of', files: ['/dev/dm-0'] })
    const { code, reasons } = await stop(system)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([
      'stop timed out: not finished after 59.5 s, while deactivating volume vhacs/c0: it is in use by device drbd0, mount /mnt/c0, swap /dev/dm-0, loop device loop3, ' +
        'LIO backstore iblock_1/c0, process 77 (a dump) of) ' +
        '(lvchange exited with 5 (command failed): Logical volume vhacs/c0 in use.)',
    ])
    expect(new Set(system.commands.map(([tool]) => tool))).toEqual(new Set(['lvchange']))
  })

  test("waits for a short use of the volume, such as udev's", async () => {
    const { system, volume } = started()
    volume.isOpen = true
    system.put('/sys/block/dm-0/holders/drbd0', link('../../drbd0'))
    setTimeout(() => {
      volume.isOpen = false
      system.take('/sys/block/dm-0/holders/drbd0')
    }, 20_000)
    const { code, stderr } = await stop(system)
    expect(code).toBe(exit.success)
    expect(stderr.split('\n').filter(line => line.includes('in use by device drbd0'))).toHaveLength(1)
    expect(system.commands[0]?.join(' ')).toContain('retry_deactivation=1')
  })

  test('is retried when the users of the volume cannot be determined', async () => {
    const { system, volume } = started()
    volume.isOpen = true
    const { list } = system
    system.list = path => {
      if (path === '/proc') throw Object.assign(new Error('ESTALE: scandir'), { code: 'ESTALE' })
      return list(path)
    }
    setTimeout(() => {
      volume.isOpen = false
    }, 20_000)
    expect(await stop(system)).toMatchObject({ code: exit.success, reasons: [] })
  })

  test('of a suspended volume resumes it first', async () => {
    const { system, volume } = started()
    volume.isSuspended = true
    expect((await stop(system)).code).toBe(exit.success)
    expect(system.commands[0]).toEqual(['dmsetup', 'resume', 'vhacs-c0'])
  })

  test('of a volume that LVM cannot find removes the device without LVM, and logs it', async () => {
    const { system } = started()
    system.tools.set('lvchange', fails(5, '  Volume group "vhacs" not found\n'))
    const { code, stderr } = await stop(system)
    expect(code).toBe(exit.success)
    expect(system.commands.at(-1)).toEqual(['dmsetup', 'remove', '--retry', 'vhacs-c0'])
    expect(stderr).toMatch(/WARNING: lvchange exited with 5 .* not found; removed the volume's device without LVM/)
  })

  test('waits half its time for an LVM that hangs on a disk, and then removes the device without it', async () => {
    const { system } = started()
    system.tools.set('lvchange', hangs)
    const { code, stderr } = await waitOut(stop, system)
    expect(code).toBe(exit.success)
    expect(stderr).toContain('lvchange did not finish within 30 s; removed')
    expect(vi.getTimerCount()).toBe(0)
  })

  test('succeeds without LVM when it is no longer installed', async () => {
    const { system } = started()
    system.tools.delete('lvchange')
    expect((await stop(system)).code).toBe(exit.success)
  })

  test('does not remove a volume with layers without LVM', async () => {
    const { system } = started()
    system.put('/sys/block/dm-0/slaves/dm-1', link('../../dm-1'))
    system.put('/sys/block/dm-1/dm/uuid', 'LVM-x-tpool\n')
    system.tools.set('lvchange', fails(5, '  Volume group "vhacs" not found\n'))
    const { code, reasons } = await stop(system)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([
      expect.stringMatching(
        /while deactivating volume vhacs\/c0: lvchange exited with 5 .*: Volume group "vhacs" not found$/,
      ),
    ])
    expect(new Set(system.commands.map(([tool]) => tool))).toEqual(new Set(['lvchange']))
  })

  test('fails with both reasons when device-mapper cannot remove it either', async () => {
    const { system } = started()
    system.tools.set('lvchange', fails(5, '  Volume group "vhacs" not found\n'))
    system.tools.set(
      'dmsetup',
      fails(1, 'device-mapper: remove ioctl failed: Device or resource busy\nCommand failed.\n'),
    )
    const { code, reasons } = await stop(system)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([
      expect.stringMatching(/"vhacs" not found; dmsetup exited with 1: .*Device or resource busy/),
    ])
  })

  test('without a dmsetup that it needs, names the missing package (OCF_ERR_INSTALLED)', async () => {
    const { system, volume } = started()
    volume.isSuspended = true
    system.tools.delete('dmsetup')
    expect(await stop(system)).toMatchObject({
      code: exit.notInstalled,
      reasons: ['dmsetup is not installed on this node: install the package dmsetup'],
    })
  })

  test.each(['resume', 'remove'])('times out when dmsetup %s hangs', async verb => {
    const { system, volume } = started()
    volume.isSuspended = verb === 'resume'
    system.tools.set('dmsetup', hangs)
    system.tools.set('lvchange', fails(5, '  Volume group "vhacs" not found\n'))
    const { code, reasons } = await waitOut(stop, system)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([
      expect.stringMatching(
        /^stop timed out: not finished after 59.5 s, while (resuming volume vhacs\/c0|removing the device of volume vhacs\/c0, because lvchange .* not found)$/,
      ),
    ])
  })

  test('fails when lvchange reports success but the volume is still active', async () => {
    const { system } = started()
    system.tools.set('lvchange', () => ({ status: 0, stdout: 'rubbish\n' }))
    const { code, reasons } = await stop(system)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([expect.stringMatching(/: lvchange reported success, but it is still active$/)])
  })
})

describe('validate-all at level 10', () => {
  test('queries LVM for the volume (OCF_ERR_ARGS if it is missing)', async () => {
    const { system } = stopped()
    expect((await validate(system)).code).toBe(0)
    const missing = await validate(system, { volume: 'c9' })
    expect(missing.code).toBe(exit.invalidHere)
    expect(missing.reasons).toEqual([expect.stringContaining('Failed to find logical volume')])
  })

  test('rejects a volume that cannot be activated by itself, and warns of autoactivation', async () => {
    const { system, volume } = stopped()
    volume.report.lv_autoactivation = 'enabled'
    const warned = await validate(system)
    expect(warned).toMatchObject({ code: exit.success, stderr: expect.stringContaining('autoactivation on') })
    volume.report.lv_role = 'public,snapshot,thicksnapshot'
    const refused = await validate(system)
    expect(refused.code).toBe(exit.invalidHere)
  })

  test('without LVM names the missing package (OCF_ERR_INSTALLED)', async () => {
    const { system } = stopped()
    system.tools.clear()
    expect((await validate(system)).code).toBe(exit.notInstalled)
  })
})

describe('monitor at level 10', () => {
  test('reads from the volume', async () => {
    const { system } = started()
    system.tools.set('dd', () => 0)
    expect((await deepMonitor(system)).code).toBe(exit.success)
    expect(system.commands).toEqual([
      ['dd', 'if=/dev/dm-0', 'of=/dev/null', 'bs=4096', 'count=1', 'iflag=direct', 'status=none'],
    ])
  })

  test('does no I/O on a volume that is not active', async () => {
    const { system } = stopped()
    expect((await deepMonitor(system)).code).toBe(exit.notRunning)
    expect(system.commands).toEqual([])
  })

  test('fails when the read fails', async () => {
    const { system } = started()
    system.tools.set('dd', fails(1, "dd: error reading '/dev/dm-0': Input/output error\n"))
    const { code, reasons } = await deepMonitor(system)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([expect.stringMatching(/^dd if=\/dev\/dm-0 .*exited with 1: .*Input\/output error$/)])
  })

  test('times out when the read hangs', async () => {
    const { system } = started()
    system.tools.set('dd', hangs)
    const ending = deepMonitor(system)
    await vi.advanceTimersByTimeAsync(40_000)
    expect(await ending).toMatchObject({
      code: exit.genericError,
      reasons: ['reading from volume vhacs/c0 did not finish within 39 s'],
    })
  })

  test('without dd names the missing package (OCF_ERR_INSTALLED)', async () => {
    const { system } = started()
    expect((await deepMonitor(system)).code).toBe(exit.notInstalled)
  })
})
