import { describe, expect, test } from 'vitest'
import type { Cloud } from '../../../../cloud/cloud.ts'
import { drbdBytesOn } from '../../../../system/nodes/disk/drbd-size.ts'
import { type FakeCluster, fakeCluster, isLocking, isReading, node, type Ran } from '../../../fake/cluster/cluster.ts'
import { type FakeLayers, growable, isAttachable, setReplication } from '../../../fake/cluster/growth.ts'
import { c0 } from '../../cloud/examples.ts'
import { given } from '../call.ts'

const GROW = 'storage --grow c0 --size 2G'
const GIB = 2 ** 30

interface Growing extends FakeCluster {
  readonly layers: ReadonlyMap<string, FakeLayers>
}

function cluster(...clouds: readonly Cloud[]): Growing {
  const made = fakeCluster(clouds.length === 0 ? [c0] : clouds)
  return Object.assign(made, { layers: growable(made) })
}

const layersOf = ({ layers }: Growing, name = 'c0'): FakeLayers => {
  const found = layers.get(name)
  if (found === undefined) throw new Error(`no cloud ${name}`)
  return found
}

/** Whether a command is meant to change something; of the scripts, only the rescan names a target. */
const isChange = (command: Ran) =>
  !isLocking(command) && (!isReading(command) || command.words.some(word => word.startsWith('iqn.')))
const changes = ({ ran }: FakeCluster) => ran.filter(isChange)
const textOf = ({ node: name, words }: Ran) =>
  `${name}: ${words.filter(word => !/^(--quiet|--config|devices.*|-s|--)$/.test(word)).join(' ')}`
/** The sizes of all layers, bottom first. */
const sizesOf = (seen: Growing, name = 'c0') => {
  const { drbdBytes, diskBytes, filesystemBytes } = layersOf(seen, name)
  const volumes = ['node1', 'node2'].map(one => node(seen, one).volumes.get(name)?.sizeBytes)
  return [...volumes, ...drbdBytes.values(), diskBytes, filesystemBytes]
}
const grownTo = (bytes: number) => [bytes, bytes, ...Array.from({ length: 4 }, () => drbdBytesOn(bytes))]
const linesOf = (stdout: readonly string[]) => stdout.map(line => line.replace(/^ *[\d.]+ s {2}/, ''))
const hasLock = ({ cib }: FakeCluster) => cib.includes('vhacs-lock')

test('all layers grow, from the volumes to the file system', async () => {
  const seen = cluster()
  const { stdout } = await given(seen).run(GROW).succeeds()
  expect(linesOf(stdout)).toEqual([
    "noting where DRBD's meta-data of c0 are on node1 and node2",
    'extending the volume vhacs/c0 to 2G on node1 and node2',
    'growing DRBD of c0 on node1',
    'waiting until DRBD of c0 has grown on node1 and node2',
    "noting where DRBD's meta-data of c0 are on node1 and node2",
    'making node2 read the size of the disk of c0',
    'growing the file system of c0 on node2',
    'c0 has 2G',
    'waiting until the sides of c0 are in sync: no redundancy until then (DRBD goes on if you interrupt this)',
    'c0 is in sync',
  ])
  expect(sizesOf(seen)).toEqual(grownTo(2 * GIB))
  expect(changes(seen).map(textOf)).toEqual([
    'node1: drbdsetup check-resize 0',
    'node2: drbdsetup check-resize 0',
    'node1: lvextend --size 2147483648b vhacs/c0',
    'node2: lvextend --size 2147483648b vhacs/c0',
    'node1: drbdadm resize c0',
    'node1: drbdsetup check-resize 0',
    'node2: drbdsetup check-resize 0',
    `node2: sh ${c0.iqn}`,
    'node2: resize2fs /dev/sda',
  ])
  expect(hasLock(seen)).toBe(false)
})

test('a size is rounded up to whole extents, the same on both sides', async () => {
  const seen = cluster()
  await given(seen).run('storage --grow c0 --size 1.001G').succeeds()
  expect(sizesOf(seen)).toEqual(grownTo(GIB + 4 * 2 ** 20))
})

test('a storage that has the size already is left alone', async () => {
  const seen = cluster()
  const { stdout } = await given(seen).run('storage --grow c0 --size 1G').succeeds()
  expect(linesOf(stdout)).toEqual(['c0 has 1G'])
  expect(changes(seen)).toEqual([])
})

test('a dry run prints the commands, and changes nothing', async () => {
  const seen = cluster()
  const { stdout } = await given(seen).run(`${GROW} --dry-run`).succeeds()
  const commands = stdout.filter(line => /^node\d: /.test(line)).map(line => line.replace(/--config .* -- /, ''))
  expect(commands).toEqual([
    'node1: drbdsetup check-resize 0',
    'node2: drbdsetup check-resize 0',
    'node1: lvextend --quiet --size 2147483648b vhacs/c0',
    'node2: lvextend --quiet --size 2147483648b vhacs/c0',
    'node1: drbdadm resize c0',
    'node1: drbdsetup check-resize 0',
    'node2: drbdsetup check-resize 0',
    `node2: sh -s -- ${c0.iqn}`,
    'node2: resize2fs /dev/sda',
  ])
  expect(changes(seen)).toEqual([])
  expect(sizesOf(seen)).toEqual(grownTo(GIB))
})

/** What runs in a growth. */
const COMMANDS = 9
/** The rescan among them, which is repeated. */
const RESCAN = 7

describe('a growth that is broken off', () => {
  const cases = Array.from({ length: COMMANDS }, (_, index) => index).flatMap(index =>
    (['fails', 'fails afterwards'] as const).flatMap(how => (index === RESCAN ? [] : [[index, how] as const])),
  )

  test.each(
    cases,
  )('at command %i, which %s, says how to go on, and the same command finishes it', async (index, how) => {
    const seen = cluster()
    let count = 0
    seen.disturb = command => (isChange(command) && count++ === index ? how : undefined)
    await given(seen)
      .run(GROW)
      .fails(/out of order.*; what is done stays, and "vhacs storage --grow c0 --size 2G" finishes it$/)
    // a node that is reset now finds DRBD's meta-data
    for (const name of c0.storageNodes) expect(isAttachable(seen, layersOf(seen), 'c0', name)).toBe(true)
    expect(hasLock(seen)).toBe(false)

    seen.disturb = () => undefined
    await given(seen).run(GROW).succeeds()
    expect(sizesOf(seen)).toEqual(grownTo(2 * GIB))
    for (const name of c0.storageNodes) expect(isAttachable(seen, layersOf(seen), 'c0', name)).toBe(true)
  })

  test.each(cases.filter(([, how]) => how === 'fails'))('at command %i can be grown further', async index => {
    const seen = cluster()
    let count = 0
    seen.disturb = command => (isChange(command) && count++ === index ? 'fails' : undefined)
    await given(seen).run(GROW)
    seen.disturb = () => undefined
    await given(seen).run('storage --grow c0 --size 3G').succeeds()
    expect(sizesOf(seen)).toEqual(grownTo(3 * GIB))
    for (const name of c0.storageNodes) expect(isAttachable(seen, layersOf(seen), 'c0', name)).toBe(true)
  })

  test.each(
    Array.from({ length: COMMANDS }, (_, index) => [index]),
  )('by Ctrl-C during command %i ends after that step, and is finished likewise', async index => {
    const seen = cluster()
    const controller = new AbortController()
    let count = 0
    seen.disturb = command => {
      if (isChange(command) && count++ === index) controller.abort(new Error('interrupted (SIGINT)'))
      return undefined
    }
    const { status } = await given(seen).run(GROW, { interruption: controller.signal })
    expect(status).toBe(1)
    expect(hasLock(seen)).toBe(false)
    seen.disturb = () => undefined
    await given(seen).run(GROW).succeeds()
    expect(sizesOf(seen)).toEqual(grownTo(2 * GIB))
  })

  test('by an initiator that cannot read the size for a while goes on; if it never can, says so', async () => {
    const seen = cluster()
    let count = 0
    const isRescan = ({ words: [tool, , , value = ''] }: Ran) => tool === 'sh' && value === c0.iqn
    seen.disturb = command => (isRescan(command) && count++ < 5 ? 'fails' : undefined)
    await given(seen).run(GROW).succeeds()
    seen.disturb = command => (isRescan(command) ? 'fails' : undefined)
    await given(seen)
      .run('storage --grow c0 --size 3G')
      .fails(/making node2 read the size of the disk of c0: .*out of order; what is done stays, and/)
    seen.disturb = () => undefined
    await given(seen).run('storage --grow c0 --size 3G').succeeds()
    expect(sizesOf(seen)).toEqual(grownTo(3 * GIB))
  })

  test.each([
    [2, 'its volume has 1G on node1, and 2G on node2'],
    [3, 'its volume has 2G on node1, and 1G on node2'],
    [4, 'DRBD has 1023M on node1, and 1023M on node2, on volumes of 2G'],
    [5, 'node2 uses 1023M of its 2047M'],
    [8, 'its file system has 1023M of 2047M'],
  ])('at command %i is named by --check', async (index, what) => {
    const seen = cluster()
    let count = 0
    seen.disturb = command => (isChange(command) && count++ === index ? 'fails' : undefined)
    await given(seen).run(GROW)
    seen.disturb = () => undefined
    const { stdout } = await given(seen).run('cluster --check')
    expect(stdout).toContain(`warning: cluster: c0 has not grown completely: ${what}`)
    expect(stdout).toContain('    vhacs storage --grow c0 --size 2G (I/O continues)')
    await given(seen).run(GROW).succeeds()
    expect((await given(seen).run('cluster --check')).stdout.join()).not.toContain('has not grown completely')
  })

  test('where only one volume was extended is not shrunk', async () => {
    const seen = cluster()
    seen.disturb = ({ node: name, words: [tool] }) => (tool === 'lvextend' && name === 'node2' ? 'fails' : undefined)
    await given(seen).run(GROW)
    seen.disturb = () => undefined
    await given(seen)
      .run('storage --grow c0 --size 1.5G')
      .isRefused(
        /c0 cannot be grown: a storage never shrinks: its volume has 2G on node1, more than 1536M \(nothing was changed\)/,
      )
  })
})

test('DRBD that grew by itself, when its sides connected on extended volumes, has the new area copied', async () => {
  const seen = cluster()
  const layers = layersOf(seen)
  for (const name of c0.storageNodes) {
    const volume = node(seen, name).volumes.get('c0')
    if (volume) volume.sizeBytes = 2 * GIB
    layers.drbdBytes.set(name, drbdBytesOn(2 * GIB))
    layers.metadataAt.set(name, 2 * GIB)
    setReplication(
      node(seen, name),
      [c0],
      `cs:Connected ro:${name === 'node1' ? 'Primary/Secondary' : 'Secondary/Primary'} ds:UpToDate/UpToDate C r-----\n    ns:0 oos:1048576`,
    )
  }
  seen.disturb = ({ words: [, verb] }) => {
    if (verb === 'connect') for (const name of c0.storageNodes) setReplication(node(seen, name), [c0])
    return undefined
  }
  const { stdout } = await given(seen).run(GROW).succeeds()
  expect(linesOf(stdout)).toContain('connecting node2 again, so that what differs is copied')
  expect(changes(seen).map(textOf)).toEqual([
    `node2: sh ${c0.iqn}`,
    'node2: resize2fs /dev/sda',
    'node2: drbdadm disconnect c0',
    'node2: drbdadm connect c0',
  ])
})

test('the progress of the resync is shown, until it has ended; the lock is released before', async () => {
  const seen = cluster()
  let looks = 0
  const locked: boolean[] = []
  seen.disturb = ({ node: name, words: [tool, path] }) => {
    if (tool === 'resize2fs') looks = 1
    if (looks === 0 || tool !== 'cat' || path !== '/proc/drbd' || name !== 'node1') return undefined
    locked.push(hasLock(seen))
    const percent = looks++ * 30
    const line = `cs:SyncSource ro:Primary/Secondary ds:UpToDate/Inconsistent C r-----\n    ns:0 oos:1000\n\t[=>...] sync'ed: ${percent}.0% (1/2)K`
    for (const one of c0.storageNodes) setReplication(node(seen, one), [c0], percent > 90 ? undefined : line)
    return undefined
  }
  const { stdout } = await given(seen).run(GROW).succeeds()
  expect(linesOf(stdout).slice(-4)).toEqual(['30% are in sync', '60% are in sync', '90% are in sync', 'c0 is in sync'])
  expect(locked).not.toContain(true)
})

test('sides that lose each other then are reported, and the growth is kept', async () => {
  const seen = cluster()
  seen.disturb = ({ words: [tool] }) => {
    if (tool === 'resize2fs')
      setReplication(
        node(seen, 'node1'),
        [c0],
        'cs:WFConnection ro:Primary/Unknown ds:UpToDate/DUnknown C r-----\n    ns:0 oos:4',
      )
    return undefined
  }
  await given(seen)
    .run(GROW)
    .fails(
      /in sync.*: they are not, and there is no resync \(node1: WFConnection, UpToDate; node2: Connected, UpToDate\)/,
    )
  expect(sizesOf(seen)).toEqual(grownTo(2 * GIB))
})

describe('refused, with nothing changed, is a storage', () => {
  const syncing =
    "cs:SyncSource ro:Primary/Secondary ds:UpToDate/Inconsistent C r-----\n    ns:0 oos:1000\n\t[=>...] sync'ed: 12.3% (1/2)K"
  const rows: readonly (readonly [what: string, change: (seen: Growing) => unknown, why: RegExp])[] = [
    [
      'whose sides are resyncing',
      seen => setReplication(node(seen, 'node1'), [c0], syncing),
      /not both Connected and UpToDate \(node1: SyncSource, UpToDate 12\.3%; node2: Connected, UpToDate\): wait for the end of the resync/,
    ],
    [
      'whose sides are not connected',
      seen =>
        setReplication(
          node(seen, 'node2'),
          [c0],
          'cs:StandAlone ro:Secondary/Unknown ds:UpToDate/DUnknown   r-----\n    ns:0 oos:0',
        ),
      /node2: StandAlone, UpToDate\): see "vhacs storage --info c0"/,
    ],
    [
      'of which a side is unreachable',
      seen => {
        node(seen, 'node2').isUp = false
      },
      /its sizes cannot be read: ssh root@node2/,
    ],
    ['without a disk below DRBD', seen => layersOf(seen).drbdBytes.set('node2', 0), /DRBD has no disk on node2/],
    [
      'that would be larger than the room on one side',
      seen => {
        node(seen, 'node2').sizeBytes = 1.5 * GIB
      },
      /vhacs on node2 has 512M free, and 1G are needed/,
    ],
    [
      'on another kind of volume',
      seen => {
        layersOf(seen).layout = 'thin,sparse'
      },
      /its volume on node1 is thin,sparse/,
    ],
    [
      'with snapshots',
      seen => {
        layersOf(seen).role = 'public,origin,thickorigin'
      },
      /its volume on node1 has snapshots/,
    ],
    [
      'whose file system has errors',
      seen => {
        layersOf(seen).superblock.hasErrors = true
      },
      /the kernel has found errors in its file system/,
    ],
    [
      'with another content',
      seen => {
        layersOf(seen).superblock.isExt = false
      },
      /\/dev\/sda on node2 has no ext3 file system/,
    ],
    [
      'that is not mounted',
      seen => {
        const all = seen.active()
        seen.active = () => all.filter(({ id }) => id !== 'c0-filesystem')
      },
      /it does not run completely/,
    ],
    [
      'whose size LVM shows in another form',
      seen =>
        node(seen, 'node1').system.tools.set('lvs', () => ({
          status: 0,
          stdout: '{"report":[{"lv":[{"lv_size":"1g"}]}]}',
        })),
      /its sizes cannot be read: node1: lvs: "lv_size" is "1g"/,
    ],
    [
      'whose mount hangs',
      seen => node(seen, 'node2').system.tools.set('sh', () => ({ status: 124, stderr: '' })),
      /its sizes cannot be read/,
    ],
  ]

  test.each(rows)('%s', async (_, change, why) => {
    const seen = cluster()
    change(seen)
    const before = sizesOf(seen)
    await given(seen).run(GROW).isRefused(why)
    expect(changes(seen)).toEqual([])
    expect(sizesOf(seen)).toEqual(before)
  })

  test('whose file system has no room for the descriptors of more groups, and the limit is named', async () => {
    const seen = cluster()
    layersOf(seen).superblock.reservedBlocks = 0
    for (const name of c0.storageNodes) node(seen, name).sizeBytes = 100 * GIB
    await given(seen)
      .run('storage --grow c0 --size 17G')
      .isRefused(/its file system can grow to 16G at most: when it was created/)
    expect(changes(seen)).toEqual([])
    await given(seen).run('storage --grow c0 --size 16G').succeeds()
  })

  test('that is in standby', async () => {
    const seen = cluster({ ...c0, state: 'standby' })
    await given(seen)
      .run(GROW)
      .isRefused(
        /it is in standby, and its file system grows only while it is mounted: start it with "vhacs storage --active c0"/,
      )
    expect(changes(seen)).toEqual([])
  })

  test('that is to shrink, and the sizes are named', async () => {
    const seen = cluster()
    await given(seen)
      .run('storage --grow c0 --size 512M')
      .isRefused(
        'vhacs: c0 cannot be grown: a storage never shrinks: its volume has 1G on node1, 1G on node2, more than 512M (nothing was changed)',
      )
  })

  test.each([
    ['10', /a size like 500M/],
    ['-1G', /./],
  ])('for a size that is none: %s', async (size, why) => {
    await given(cluster()).run(`storage --grow c0 --size ${size}`).isRefused(why)
  })
})

describe('of several storages', () => {
  const c1: Cloud = {
    ...c0,
    name: 'c1',
    minor: 1,
    address: '10.77.1.101',
    iqn: 'iqn.2026-01.org.vhacs:lab:c1',
    directory: '/srv/c1',
  }

  test('all grow', async () => {
    const seen = cluster(c0, c1)
    await given(seen).run('storage --grow c0-1 --size 2G').succeeds()
    expect([sizesOf(seen), sizesOf(seen, 'c1')]).toEqual([grownTo(2 * GIB), grownTo(2 * GIB)])
  })

  test('none grows if they do not fit together', async () => {
    const seen = cluster(c0, c1)
    node(seen, 'node2').sizeBytes = 3.5 * GIB
    await given(seen)
      .run('storage --grow ALL --size 2G')
      .isRefused(/vhacs on node2 has 1536M free, and 2G are needed \(nothing was changed\)/)
    expect(changes(seen)).toEqual([])
  })

  test('one that fails does not keep another from growing', async () => {
    const seen = cluster(c0, c1)
    seen.disturb = ({ words }) => (words[0] === 'drbdadm' && words.at(-1) === 'c0' ? 'fails' : undefined)
    await given(seen)
      .run('storage --grow ALL --size 2G')
      .fails(/1 of 2 failed: c0: /)
    expect(sizesOf(seen, 'c1')).toEqual(grownTo(2 * GIB))
  })
})

test('two operators who grow the same storage do so one after the other; the later finds nothing left to do', async () => {
  const seen = cluster()
  // the first one is still running
  seen.system.put('/proc/4321/stat', seen.system.read('/proc/self/stat'))
  await Promise.all([given(seen).run(GROW), given(seen).run(GROW)])
  expect(sizesOf(seen)).toEqual(grownTo(2 * GIB))
  expect(changes(seen).filter(({ words: [tool] }) => tool === 'lvextend')).toHaveLength(2)
  expect(hasLock(seen)).toBe(false)
})
