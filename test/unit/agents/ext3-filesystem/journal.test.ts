import { describe, expect, test } from 'vitest'
import { exit } from '../../../../ocf/exit.ts'
import { addBlockDevice } from '../../../fake/block/block.ts'
import { externalJournal } from '../../../fake/block/filesystem.ts'
import { monitor, start, started, stopped } from '../../../fake/nodes/ext3-filesystem.ts'
import type { FakeSystem } from '../../../fake/system.ts'

const toolsRun = (system: FakeSystem) => system.commands.map(([tool]) => tool)

/** A node whose file system has its journal on sdb, 8:16. */
function withExternalJournal() {
  const made = stopped()
  made.superblock.journalDevice = 0x0810
  addBlockDevice(made.system, '/dev/sdb', '8:16', () => externalJournal(made.superblock))
  return made
}

function journalWithHugeBlocks(): Uint8Array {
  const bytes = new Uint8Array(8192)
  const view = new DataView(bytes.buffer)
  view.setUint16(1024 + 0x38, 0xef53, true)
  view.setUint32(1024 + 0x60, 0x8, true)
  view.setUint32(1024 + 0x18, 0xffffffff, true)
  return bytes
}

describe('an error that only the journal records', () => {
  test.each([-5, -30, 1])('(%i) is honoured as by e2fsck', async journalError => {
    const { system, superblock } = stopped()
    superblock.journalError = journalError
    expect((await start(system)).code).toBe(exit.success)
    expect(toolsRun(system)).toEqual(['e2fsck', 'mount'])
    expect((await monitor(system)).code).toBe(exit.success)
  })

  test('is not mounted with run_fsck=no', async () => {
    const { system, superblock } = stopped()
    superblock.journalError = -5
    const { code, reasons } = await start(system, { run_fsck: 'no' })
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual(['the file system on /dev/sda has errors, and run_fsck=no: run e2fsck -f /dev/sda'])
    expect(system.commands).toEqual([])
  })

  test.each([
    ['the device that its superblock names', { options: undefined }],
    ['the device of journal_path', { options: 'journal_path=/dev/sdb' }],
    ['the device of journal_dev', { options: 'journal_dev=0x810' }],
  ])('is found on %s', async (_, { options }) => {
    const { system, superblock } = withExternalJournal()
    superblock.journalError = -5
    if (options !== undefined) superblock.journalDevice = 0x0899
    expect((await start(system, options === undefined ? {} : { options })).code).toBe(exit.success)
    expect(toolsRun(system)).toEqual(['e2fsck', 'mount'])
    const hasPath = options?.startsWith('journal_path=') ?? false
    expect(system.commands[0]).toEqual([
      ...['e2fsck', '-p', '-f'],
      ...(hasPath ? ['-j', '/dev/sdb'] : []),
      ...['--', '/dev/sda'],
    ])
  })
})

describe('a journal that cannot be examined leaves the decision to the mount', () => {
  test.each([
    ['has another content', withExternalJournal, () => new Uint8Array(8192)],
    ['is too small', withExternalJournal, () => new Uint8Array(12)],
    ['claims blocks larger than any device', withExternalJournal, journalWithHugeBlocks],
  ])('when its device %s', async (_, make, content) => {
    const { system } = make()
    addBlockDevice(system, '/dev/sdb', '8:16', content)
    expect((await start(system)).code).toBe(exit.success)
    expect(toolsRun(system)).toEqual(['mount'])
  })

  test('when its device does not exist', async () => {
    const { system } = stopped()
    expect((await start(system, { options: 'journal_path=/dev/nowhere' })).code).toBe(exit.success)
    expect(toolsRun(system)).toEqual(['mount'])
  })

  test.each([0x14, 0x18, 0x28, 0x4c, 0x58, 0xe0, 0xe4])('when the superblock has garbage at %i', async offset => {
    const { system } = stopped()
    const readBytes = system.readBytes
    system.readBytes = async (path, position, length) => {
      const bytes = Uint8Array.from(await readBytes(path, position, length))
      if (position === 0) new DataView(bytes.buffer).setUint32(1024 + offset, 0xffffffff, true)
      return bytes
    }
    await start(system)
    expect(toolsRun(system)).not.toContain('e2fsck')
  })
})

describe('after the mount', () => {
  test.each([
    ['a newer superblock from the journal says so', { state: 1, errors: 2 }],
    ['it has no count of them', { state: 3, errors: 0 }],
  ])('the file system is checked and mounted again, when it has errors: %s', async (_, journalled) => {
    const { system, superblock } = stopped()
    superblock.journalled = journalled
    const { code, stderr } = await start(system)
    expect(code).toBe(exit.success)
    expect(toolsRun(system)).toEqual(['mount', 'fsfreeze', 'umount', 'e2fsck', 'mount'])
    expect(stderr).toContain(
      'WARNING: the journal of /dev/sda records errors of its file system: unmounted it to run e2fsck',
    )
    expect((await monitor(system)).code).toBe(exit.success)
  })

  test('the file system is unmounted again with run_fsck=no', async () => {
    const { system, superblock, table } = stopped()
    superblock.journalled = { state: 1, errors: 2 }
    const { code, reasons } = await start(system, { run_fsck: 'no' })
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([
      'the journal of /dev/sda records errors of its file system, and run_fsck=no: run e2fsck -f /dev/sda',
    ])
    expect(table).toHaveLength(1)
  })

  test('the start fails when e2fsck does not help', async () => {
    const { system, superblock, table } = stopped()
    superblock.journalled = { state: 3, errors: 1 }
    system.tools.set('e2fsck', () => {
      superblock.journalled = { state: 3, errors: 1 }
      Object.assign(superblock, { state: 1, errors: 0 })
      return 0
    })
    const { code, reasons } = await start(system)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([
      'the file system on /dev/sda has errors again after e2fsck and a mount: run e2fsck -f /dev/sda',
    ])
    expect(table).toHaveLength(1)
  })
})

test('a monitor reads no journal', async () => {
  const { system } = await started()
  system.readBytes = () => Promise.reject(new Error('it was read'))
  expect((await monitor(system)).code).toBe(exit.success)
})
