import { describe, expect, test } from 'vitest'
import { clusterIn } from '../../../../../cloud/cib/read/cluster.ts'
import { type Failure, type FakeCluster, fakeCluster, node, type Ran } from '../../../../fake/cluster/cluster.ts'
import { copyable, copyOf, type FakeCopies } from '../../../../fake/cluster/copies.ts'
import { parsedCib } from '../../../cloud/cib.ts'
import { c0 } from '../../../cloud/examples.ts'
import { contentOf, given } from '../../call.ts'

const FILE = '/backup/c0.tar.zst'

interface Copying extends FakeCluster {
  readonly copies: FakeCopies
}

function cluster(clouds = [c0]): Copying {
  const made = fakeCluster(clouds)
  made.system.put('/backup/other', '')
  return Object.assign(made, { copies: copyable(made) })
}

const linesOf = (stdout: readonly string[]) => stdout.map(line => line.replace(/^ *[\d.]+ s {2}/, ''))
const volumesOf = ({ copies }: Copying) =>
  ['node1', 'node2'].map(name => [...(copies.snapshots.get(name)?.keys() ?? [])])
const hasLock = ({ cib }: FakeCluster) => cib.includes('vhacs-lock')
const cloudOf = (seen: FakeCluster, name: string) =>
  clusterIn(parsedCib(seen.cib)).clouds.find(cloud => cloud.name === name)
const filesIn = ({ system }: FakeCluster) => system.list('/backup')
/** What was written to the device of a cloud. */
const written = (seen: Copying, name: string) => {
  const { storageNodes: [first = ''] = [], minor = 0 } = cloudOf(seen, name) ?? {}
  return seen.copies.devices.get(`${first} /dev/drbd${minor}`)
}

/** A cluster with an export, and what the storage contained. */
async function exported(): Promise<Copying & { readonly content: number }> {
  const seen = cluster()
  await given(seen).run('storage --snapshot c0 monday').succeeds()
  const content = seen.copies.snapshots.get('node2')?.get('c0.monday')?.content ?? 0
  await given(seen).run(`storage --export c0@monday ${FILE}`).succeeds()
  seen.ran.length = 0
  return Object.assign(seen, { content })
}

describe('--export', () => {
  test('reads a snapshot on the secondary, which it takes and drops', async () => {
    const seen = cluster()
    const { stdout } = await given(seen).run(`storage --export c0 ${FILE}`).succeeds()
    expect(linesOf(stdout)).toEqual([
      'starting the watch over snapshots on node1 and node2',
      expect.stringMatching(/^taking the snapshot copy-\d{8}-\d{6} of c0 on node1 and node2; /),
      expect.stringMatching(/^noting that both sides of c0\.copy-\d{8}-\d{6} are the same$/),
      `exporting c0 from node2 to ${FILE}`,
      '5.0M of 8.0M are in use',
      `c0 is exported to ${FILE}`,
      expect.stringMatching(/^removing the snapshot copy-\d{8}-\d{6} of c0 from node1 and node2$/),
    ])
    expect(volumesOf(seen)).toEqual([[], []])
    expect(filesIn(seen)).toEqual(['c0.tar.zst', 'other'])
    expect(hasLock(seen)).toBe(false)
  })

  test('of a snapshot leaves that', async () => {
    const seen = await exported()
    expect(volumesOf(seen)).toEqual([['c0.monday'], ['c0.monday']])
  })

  test('to standard output prints nothing else there', async () => {
    const seen = cluster()
    const pieces: Uint8Array[] = []
    const write = async (bytes: Uint8Array) => void pieces.push(bytes)
    const openOutput = () => ({ write, end: async () => undefined })
    const { status, stdout, stderr } = await given(seen).run('storage --export c0 -', { openOutput })
    expect([status, stdout]).toEqual([0, []])
    expect(stderr.at(-2)).toMatch(/c0 is exported to standard output$/)
    const inputBytes = async function* () {
      yield* pieces
    }
    await given(seen).run('storage --import c1 -', { inputBytes }).succeeds()
    expect(written(seen, 'c1')?.subarray(0, 4)).toHaveLength(4)
  })

  test('dry run prints the commands, and changes nothing', async () => {
    const seen = cluster()
    const { stdout } = await given(seen).run(`storage --export c0 ${FILE} --dry-run`).succeeds()
    const text = stdout.join('\n')
    expect(text).toMatch(/node2: lvcreate .*write \/backup\/c0\.tar\.zst\n.*node2: lvremove/s)
    expect([volumesOf(seen), filesIn(seen)]).toEqual([[[], []], ['other']])
  })

  test.each([
    ['c0 /backup/c0.img', /the name of an export ends in \.tar\.zst/],
    ['c0 -', /standard output is a terminal/],
    [
      `c0@tuesday ${FILE}`,
      /c0 cannot be copied: it has no snapshot tuesday \(snapshots: .*\) \(nothing was changed\)$/,
    ],
    [`c0@a@b ${FILE}`, /the name of a storage, or STORAGE@SNAPSHOT, is expected, got "c0@a@b"/],
    [`ALL ${FILE}`, /the name of a storage, or STORAGE@SNAPSHOT, is expected/],
    [`c9 ${FILE}`, /c9 cannot be copied: there is no storage c9/],
  ])('%s is refused', async (words, why) => {
    const seen = cluster()
    await given(seen).run(`storage --export ${words}`).isRefused(why)
    expect([volumesOf(seen), filesIn(seen)]).toEqual([[[], []], ['other']])
  })

  test('into a file that exists is refused', async () => {
    const seen = await exported()
    await given(seen)
      .run(`storage --export c0 ${FILE}`)
      .isRefused(/\/backup\/c0\.tar\.zst exists/)
  })

  test('of three sides is refused as a snapshot is', async () => {
    const three = { ...c0, storageNodes: ['node1', 'node2', 'node3'] as const }
    const seen = fakeCluster([three])
    await given(seen)
      .run(`storage --export c0 ${FILE}`)
      .isRefused(/it has three sides, and vhacs only takes the same snapshot of two/)
  })

  test.each([
    ['a journal to be replayed', 'large_file', 'large_file needs_recovery', /its journal has not been replayed/],
    ['an incomplete list of blocks', '0-2047', '0-2000', /is not a range of free blocks there|is incomplete/],
  ])('of a file system with %s fails, and leaves nothing', async (_, from, to, why) => {
    const seen = cluster()
    seen.copies.dump = seen.copies.dump.replace(from, to)
    await given(seen).run(`storage --export c0 ${FILE}`).fails(why)
    expect([volumesOf(seen), filesIn(seen)]).toEqual([[[], []], ['other']])
  })
})

const isReader = ({ words: [tool, device = ''] }: Ran) => tool === 'sh' && device.startsWith('/dev/vhacs/c0.')

describe('an export that is broken off leaves neither file nor snapshot', () => {
  test.each(['fails', 'fails afterwards'] as const)('because reading %s', async how => {
    for (const which of [0, 1]) {
      const seen = cluster()
      let count = 0
      seen.disturb = command => (isReader(command) && count++ === which ? how : undefined)
      await given(seen)
        .run(`storage --export c0 ${FILE}`)
        .fails(
          /exporting c0 from node2 .*: node2: sh -s -- \/dev\/vhacs\/c0\.copy-\S+( LVM-\d+)? exited with 99: sh: out of order/,
        )
      expect([volumesOf(seen), filesIn(seen), hasLock(seen)]).toEqual([[[], []], ['other'], false])
    }
  })

  test('by Ctrl-C', async () => {
    const seen = cluster()
    const controller = new AbortController()
    seen.disturb = command => {
      if (isReader(command)) controller.abort(new Error('interrupted (SIGINT)'))
      return undefined
    }
    await given(seen)
      .run(`storage --export c0 ${FILE}`, { interruption: controller.signal })
      .fails(/interrupted \(SIGINT\)/)
    expect([volumesOf(seen), filesIn(seen), hasLock(seen)]).toEqual([[[], []], ['other'], false])
  })

  test('but when vhacs was killed a snapshot, which --check names after an hour, and the next export removes', async () => {
    const seen = cluster()
    await given(seen).run('storage --snapshot c0 copy-20261130-101500').succeeds()
    const check = async () => (await given(seen).run('cluster --check')).stdout.join('\n')
    expect(await check()).not.toContain('copy-2026')
    await seen.system.sleep(3_700_000)
    seen.copies.read.add('/dev/vhacs/c0.copy-20261130-101500')
    expect(await check()).not.toContain('copy-2026')
    seen.copies.read.clear()
    expect(await check()).toContain(
      'the snapshot copy-20261130-101500 of c0 was taken for an export or a clone that was killed',
    )
    await given(seen).run(`storage --export c0 ${FILE}`).succeeds()
    expect(volumesOf(seen)).toEqual([[], []])
  })
})

describe('--import', () => {
  test('creates a storage with the content, and a UUID of its own', async () => {
    const seen = await exported()
    const { stdout } = await given(seen).run(`storage --import c1 ${FILE} --nodes node1,node2`).succeeds()
    expect(linesOf(stdout)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^\/backup\/c0\.tar\.zst has c0 of the cluster \S+, as it was at [\d-]+T[\d:]+Z$/),
        'copying 5.0M to c1 on node1',
        'checking the file system of c1, and giving it a UUID of its own',
        'c1 is mounted',
      ]),
    )
    expect(written(seen, 'c1')?.equals(copyOf(seen.content))).toBe(true)
    expect(cloudOf(seen, 'c1')).toMatchObject({ mountOptions: c0.mountOptions, directory: '/clouds/c1' })
    expect(node(seen, 'node1').volumes.get('c1')?.sizeBytes).toBe(2 ** 30)
    const own = seen.ran.filter(({ words: [tool = ''] }) => /^(e2fsck|tune2fs|resize2fs|mkfs.*)$/.test(tool))
    const device = `/dev/drbd${cloudOf(seen, 'c1')?.minor}`
    expect(own.map(({ words }) => words.join(' '))).toEqual([
      `e2fsck -f -p ${device}`,
      `tune2fs -U random -L c1 ${device}`,
      `resize2fs ${device}`,
      `e2fsck -f -n ${device}`,
    ])
  })

  test('dry run prints the commands, and changes nothing', async () => {
    const seen = await exported()
    const before = contentOf(seen)
    const { stdout } = await given(seen).run(`storage --import c1 ${FILE} --dry-run`).succeeds()
    expect(stdout.join('\n')).toMatch(/node\d: sh -s -- \/dev\/drbd\d+ \/run\/vhacs\/filling-c1\n/)
    expect(contentOf(seen)).toEqual(before)
  })

  test.each([
    [`c0 ${FILE}`, /a cloud named c0 already exists/],
    ['c1 /backup/none.tar.zst', /ENOENT|does not exist/],
    ['c1 /backup/other', /\/backup\/other cannot be imported: it ends early/],
    ['c1 -', /standard input is a terminal/],
    [`c1 ${FILE} --size 32M --nodes node1`, /--nodes: expected at least two/],
    [`c1 ${FILE} --size 1M`, /a cloud needs at least 32M/],
  ])('%s is refused, with nothing changed', async (words, why) => {
    const seen = await exported()
    const before = contentOf(seen)
    const { status, stderr } = await given(seen).run(`storage --import ${words}`)
    expect(status).not.toBe(0)
    expect(stderr.join()).toMatch(why)
    expect(contentOf(seen)).toEqual(before)
  })

  test.each([
    ['ends early', (bytes: Buffer) => bytes.subarray(0, -9), /standard input cannot be imported: it ends early/],
    [
      'was altered',
      (bytes: Buffer) => {
        bytes.writeUInt8(bytes.readUInt8(bytes.length - 3) ^ 1, bytes.length - 3)
        return bytes
      },
      /standard input cannot be imported: it is damaged/,
    ],
  ])('of what %s undoes everything', async (_, change, why) => {
    const seen = await exported()
    const before = contentOf(seen)
    const bytes = change(Buffer.from(seen.system.read(FILE), 'latin1'))
    const inputBytes = async function* () {
      yield bytes
    }
    await given(seen).run('storage --import c1 -', { inputBytes }).fails(why)
    expect(contentOf(seen)).toEqual(before)
    expect(hasLock(seen)).toBe(false)
  })

  test('into a device that is too small undoes everything', async () => {
    const seen = await exported()
    const before = contentOf(seen)
    for (const { system } of seen.nodes) system.tools.set('blockdev', () => ({ status: 0, stdout: '1048576\n' }))
    await given(seen)
      .run(`storage --import c1 ${FILE}`)
      .fails(/DRBD leaves 1\.00M of the volumes of c1, and the file system has 8\.00M: give a larger --size/)
    expect(contentOf(seen)).toEqual(before)
  })
})

const isContent = ({ words: [tool = '', device = '', file = ''] }: Ran) =>
  (tool === 'sh' && device.startsWith('/dev/drbd') && file.includes('filling')) ||
  /^(e2fsck|tune2fs|resize2fs|blockdev)$/.test(tool)

describe('an import leaves nothing behind when', () => {
  const ways: readonly [number, Failure][] = [
    ...[0, 1, 2, 3, 4, 5].map((index): [number, Failure] => [index, 'fails']),
    ...[1, 5].map((index): [number, Failure] => [index, 'fails afterwards']),
  ]

  test.each(ways)('its command %i %s', async (index, how) => {
    const seen = await exported()
    const before = contentOf(seen)
    let count = 0
    seen.disturb = command => (isContent(command) && count++ === index ? how : undefined)
    await given(seen)
      .run(`storage --import c1 ${FILE} --nodes node1,node2`)
      .fails(/of order/)
    expect(contentOf(seen)).toEqual(before)
    expect(hasLock(seen)).toBe(false)
  })

  test('it is interrupted while it copies', async () => {
    const seen = await exported()
    const before = contentOf(seen)
    const controller = new AbortController()
    seen.disturb = command => {
      if (isContent(command)) controller.abort(new Error('interrupted (SIGINT)'))
      return undefined
    }
    await given(seen)
      .run(`storage --import c1 ${FILE}`, { interruption: controller.signal })
      .fails(/interrupted \(SIGINT\)/)
    expect(contentOf(seen)).toEqual(before)
  })
})

describe('--clone', () => {
  test('creates a storage with the content of a snapshot that it takes and drops', async () => {
    const seen = cluster()
    await given(seen).run('storage --clone c0 c1 --nodes node2,node3').succeeds()
    expect(volumesOf(seen)).toEqual([[], []])
    expect(written(seen, 'c1')?.subarray(0, 300 * 4096)).toHaveLength(300 * 4096)
    expect(cloudOf(seen, 'c1')?.storageNodes).toEqual(['node2', 'node3'])
    expect(hasLock(seen)).toBe(false)
  })

  test('of a snapshot has its content, and leaves it', async () => {
    const seen = await exported()
    await given(seen).run('storage --clone c0@monday c1').succeeds()
    expect(written(seen, 'c1')?.equals(copyOf(seen.content))).toBe(true)
    expect(volumesOf(seen)).toEqual([['c0.monday'], ['c0.monday']])
  })

  test('that fails leaves nothing', async () => {
    const seen = cluster()
    const before = contentOf(seen)
    seen.disturb = ({ words: [tool] }) => (tool === 'tune2fs' ? 'fails' : undefined)
    await given(seen)
      .run('storage --clone c0 c1')
      .fails(/of order/)
    expect(contentOf(seen)).toEqual(before)
    expect(volumesOf(seen)).toEqual([[], []])
  })

  test('dry run prints the commands, and changes nothing', async () => {
    const seen = cluster()
    const before = contentOf(seen)
    const { stdout } = await given(seen).run('storage --clone c0 c1 --dry-run').succeeds()
    expect(stdout.join('\n')).toMatch(/lvcreate .*--snapshot.*lvcreate .*--size 1073741824b --name c1.*lvremove/s)
    expect(contentOf(seen)).toEqual(before)
  })

  test.each([
    ['c0 c0', /a cloud named c0 already exists/],
    ['c0 all', /is not a cloud's name/],
    ['c0 c1 --size 20G', /with 20480 MiB free/],
    ['c9 c1', /there is no storage c9/],
    ['c0@tuesday c1', /it has no snapshot tuesday/],
  ])('%s is refused, before there is a snapshot', async (words, why) => {
    const seen = cluster()
    await given(seen).run(`storage --clone ${words}`).isRefused(why)
    expect(seen.ran.filter(({ words: [tool] }) => tool === 'lvcreate')).toEqual([])
  })
})
