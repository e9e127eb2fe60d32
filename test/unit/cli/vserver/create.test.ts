import { gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { clusterIn } from '../../../../cloud/cib/read/cluster.ts'
import {
  type Failure,
  type FakeCluster,
  fakeCluster,
  isLocking,
  isReading,
  type Ran,
} from '../../../fake/cluster/cluster.ts'
import { type FakeVservers, hosting } from '../../../fake/cluster/vservers.ts'
import { parsedCib, withNodeAttribute } from '../../cloud/cib.ts'
import { c0 as example } from '../../cloud/examples.ts'
import { systemTar } from '../../system/nodes/trees/tar-members.ts'
import { contentOf, given, runWords } from '../call.ts'

const c0 = { ...example, directory: '/clouds/c0', mountOptions: 'nodev' }
const nosuid = { ...c0, mountOptions: 'nosuid,nodev' }
const IMAGE = '/images/web.tar'
const image = systemTar({ name: './etc/mine', text: 'x'.repeat(3000) })
const latin = (bytes: Buffer) => bytes.toString('latin1')

interface Hosting extends FakeCluster {
  readonly fake: FakeVservers
}

function cluster(clouds: readonly (typeof c0)[] = [c0]): Hosting {
  const made = fakeCluster(clouds)
  made.system.put(IMAGE, latin(image))
  return Object.assign(made, { fake: hosting(made) })
}

const CREATE = `vserver --create web0 --storage c0 --image ${IMAGE}`
const linesOf = (stdout: readonly string[]) => stdout.map(line => line.replace(/^ *[\d.]+ s {2}/, ''))
const vserversOf = ({ cib }: FakeCluster) => clusterIn(parsedCib(cib)).vservers.complete
const optionsOf = ({ cib }: FakeCluster) => clusterIn(parsedCib(cib)).clouds[0]?.mountOptions
const stateOf = (seen: Hosting) => ({ ...contentOf(seen), trees: [...seen.fake.trees] })
const hasLock = ({ cib }: FakeCluster) => cib.includes('vhacs-lock')
const tree = (seen: Hosting, name = 'web0') => seen.fake.trees.get(`/clouds/c0/${name}`)

test('an image becomes the tree of a container, which starts', async () => {
  const seen = cluster()
  const { stdout } = await given(seen).run(`${CREATE} --network bridge:br0 --memory 512M`).succeeds()
  expect(linesOf(stdout)).toEqual([
    'noting that web0 is being created',
    `unpacking ${IMAGE} to /clouds/c0/web0 on node2`,
    'checking the tree',
    'giving web0 a host name, a machine-id and name servers of its own',
    'moving the tree to /clouds/c0/web0',
    'adding web0 to the cluster',
    'waiting until web0 is ready',
    'noting that web0 is complete',
    'web0 is created',
  ])
  expect(tree(seen)).toMatchObject({ hostName: 'web0', isMarked: false })
  expect(tree(seen)?.archive.equals(image)).toBe(true)
  const users = expect.stringMatching(/^\d+$/)
  const parameters = { network: 'bridge:br0', memory_max: '512M', private_users: users }
  expect(vserversOf(seen)).toEqual([
    { name: 'web0', cloud: 'c0', tree: 'web0', parameters, address: undefined, state: 'active' },
  ])
  expect(String(tree(seen)?.firstId)).toBe(vserversOf(seen)[0]?.parameters.private_users)
  expect([hasLock(seen), seen.cib.includes('vhacs-creating')]).toEqual([false, false])
})

test('several get trees and ids of their own', async () => {
  const seen = cluster()
  await given(seen).run(`vserver -c web0-2 --storage c0 --image ${IMAGE}`).succeeds()
  const ids = vserversOf(seen).map(({ parameters }) => Number(parameters.private_users))
  expect([...seen.fake.trees.keys()].sort()).toEqual(['/clouds/c0/web0', '/clouds/c0/web1', '/clouds/c0/web2'])
  expect(new Set(ids).size).toBe(3)
  expect(ids.every(id => id % 65536 === 0 && id >= 0x80000 && id <= 0x6fff0000)).toBe(true)
})

describe('an image is read', () => {
  test.each([
    ['compressed by gzip', (bytes: Buffer) => gzipSync(bytes)],
    ['compressed by zstd', (bytes: Buffer) => zstdCompressSync(bytes)],
    ['plain', (bytes: Buffer) => bytes],
  ])('%s, from standard input', async (_, pack) => {
    const seen = cluster()
    const inputBytes = async function* () {
      yield pack(image)
    }
    await given(seen).run('vserver -c web0 --storage c0 --image -', { inputBytes }).succeeds()
    expect(tree(seen)?.archive.equals(image)).toBe(true)
  })

  test('compressed by xz, by its tool', async () => {
    const seen = cluster()
    seen.system.put('/images/web.tar.xz', latin(Buffer.from('fd377a585a00beef', 'hex')))
    seen.system.streams.set('xz', async function* () {
      yield image
      return 0
    })
    await given(seen).run('vserver -c web0 --storage c0 --image /images/web.tar.xz').succeeds()
    expect(tree(seen)?.archive.equals(image)).toBe(true)
  })

  test('from a directory, by tar', async () => {
    const seen = cluster()
    seen.system.put('/images/web/usr/bin/sh', '')
    const words: string[] = []
    seen.system.streams.set('tar', async function* (args) {
      words.push(...args)
      yield image
      return 0
    })
    await given(seen).run('vserver -c web0 --storage c0 --image /images/web').succeeds()
    expect(words.slice(-2)).toEqual(['--directory=/images/web', '.'])
    expect(tree(seen)?.archive.equals(image)).toBe(true)
  })

  test('from mmdebstrap', async () => {
    const seen = cluster()
    seen.system.tools.set('mmdebstrap', () => ({ status: 0, stdout: 'mmdebstrap 1.3.5\n' }))
    seen.system.streams.set('mmdebstrap', async function* (args) {
      expect(args.slice(-3)).toEqual(['bookworm', '-', 'http://mirror.example/debian'])
      yield image
      return 0
    })
    await given(seen)
      .run('vserver -c web0 --storage c0 --suite bookworm --mirror http://mirror.example/debian')
      .succeeds()
    expect(tree(seen)?.archive.equals(image)).toBe(true)
  })
})

test('a tree that exists is taken as it is', async () => {
  const seen = cluster()
  seen.fake.trees.set('/clouds/c0/web0', { archive: image, firstId: 0, isMarked: false })
  const { stdout } = await given(seen).run('vserver -c web0 --storage c0').succeeds()
  expect(linesOf(stdout)).toEqual(['adding web0 to the cluster', 'waiting until web0 is ready', 'web0 is created'])
  expect(vserversOf(seen)[0]?.parameters).toEqual({})
})

test('a dry run prints the commands, and changes nothing', async () => {
  const seen = cluster()
  const before = stateOf(seen)
  const { stdout } = await given(seen).run(`${CREATE} --dry-run`).succeeds()
  expect(stdout.join('\n')).toMatch(
    /crm_attribute --node node2 --name vhacs-creating-web0 .*node2: sh -s -- \/clouds\/c0 \/clouds\/c0\/\.vhacs-new-web0 \/run\/vhacs\/tree-web0 \d+\n.*cibadmin --patch/s,
  )
  expect(stateOf(seen)).toEqual(before)
})

describe('nothing is changed when', () => {
  const refused: readonly [string, string, RegExp, ((seen: Hosting) => void)?][] = [
    [
      'no image is given, and there is no tree',
      'web0 --storage c0',
      /\/clouds\/c0\/web0 on node2 is not a directory with the tree of web0/,
    ],
    ['both kinds are given', `web0 --storage c0 --image ${IMAGE} --suite sid`, /give one of --image, .* and --suite/],
    ['the image does not exist', 'web0 --storage c0 --image /none', /\/none|ENOENT/],
    [
      'the image is something else',
      'web0 --storage c0 --image /etc/vhacs.conf',
      /\/etc\/vhacs\.conf is not an image: it is neither a tar archive/,
    ],
    ['standard input is a terminal', 'web0 --storage c0 --image -', /standard input is a terminal/],
    ['there is no such storage', `web0 --storage c9 --image ${IMAGE}`, /there is no storage c9/],
    [
      'several storages are named',
      `web0 --storage ALL --image ${IMAGE}`,
      /--storage: one storage is expected, got "ALL"/,
    ],
    ['the name is no host name', `web0- --storage c0 --image ${IMAGE}`, /"web0-" is not a vserver's name/],
    [
      'a network has another form',
      `web0 --storage c0 --image ${IMAGE} --network br0`,
      /--network: none, host, bridge:NAME .* is expected, got "br0"/,
    ],
    [
      'an address has no prefix',
      `web0 --storage c0 --image ${IMAGE} --address 192.0.2.10`,
      /--address: none, or an address with its network like .* is expected/,
    ],
    [
      'an address is for several',
      `web0-1 --storage c0 --image ${IMAGE} --address 192.0.2.10/24`,
      /--address: each vserver needs one of its own/,
    ],
    ['an address is used', `web0 --storage c0 --image ${IMAGE} --address ${c0.address}/24`, /is in use already/],
    ['the suite is a path', 'web0 --storage c0 --suite /etc/passwd', /--suite: a suite like bookworm is expected/],
    [
      'mmdebstrap is missing',
      'web0 --storage c0 --suite bookworm',
      /mmdebstrap is not installed on this node: install the package mmdebstrap/,
    ],
    [
      'the directory exists',
      `web0 --storage c0 --image ${IMAGE}`,
      /\/clouds\/c0\/web0 on node2 exists: remove it first, or create web0 without --image/,
      ({ fake }) => void fake.trees.set('/clouds/c0/web0', { archive: image, firstId: 0, isMarked: false }),
    ],
    [
      'the storage is not mounted',
      `web0 --storage c0 --image ${IMAGE}`,
      /c0 is not mounted, so it can have no vserver now/,
      seen => {
        seen.active = () => []
      },
    ],
    [
      'the node has no systemd-nspawn',
      `web0 --storage c0 --image ${IMAGE}`,
      /node2, where c0 is mounted, has no systemd-nspawn: install the package systemd-container there/,
      ({ fake }) => void fake.bare.add('node2'),
    ],
    [
      'there is too little room',
      `web0 --storage c0 --image ${IMAGE}`,
      /c0 has 940M free, and 2\.0G are needed: make it larger/,
      ({ system }) => void system.tools.set('du', () => ({ status: 0, stdout: `${2 ** 31}\t${IMAGE}\n` })),
    ],
  ]
  test('a creation on another storage was begun', async () => {
    const seen = cluster()
    seen.cib = withNodeAttribute(seen.cib, 'node3', 'vhacs-creating-web0', 'other')
    await given(seen)
      .run(CREATE)
      .isRefused(
        /the creation of web0 on other was begun and is not complete: undo it with "vhacs vserver --destroy web0"/,
      )
  })

  test.each(refused)('%s', async (_, words, why, prepare) => {
    const seen = cluster()
    prepare?.(seen)
    const before = stateOf(seen)
    const { status, stderr } = await given(seen).run(`vserver --create ${words}`)
    expect(status).not.toBe(0)
    expect(stderr.join('\n')).toMatch(why)
    expect(stateOf(seen)).toEqual(before)
    expect(seen.ran.filter(command => !isReading(command) && !isLocking(command))).toEqual([])
  })

  test('the name is taken', async () => {
    const seen = cluster()
    await given(seen).run(CREATE).succeeds()
    await given(seen).run(CREATE).isRefused('vhacs: a vserver named web0 already exists: choose another name')
  })
})

test('the operator hears of nodes that cannot run containers', async () => {
  const seen = cluster()
  seen.fake.bare.add('node3')
  const { stdout } = await given(seen).run(CREATE).succeeds()
  expect(stdout[0]).toBe(
    'WARNING: node3 has no systemd-nspawn, so no vserver can start on it: install the package systemd-container there',
  )
})

describe('nothing is left when', () => {
  const isChange = ({ words: [tool = '', word = ''], isOnCopy }: Ran) =>
    tool === 'crm_attribute' ||
    (tool === 'cibadmin' && word === '--patch' && !isOnCopy) ||
    (tool === 'sh' && /^(unpack|furnish|put-in-place|remove-.*)$/.test(word))
  const isStep = ({ words: [tool, word = ''] }: Ran) =>
    tool === 'sh' && /^(unpack|examine|furnish|put-in-place)$/.test(word)
  const ways: readonly [number, Failure][] = [0, 1, 2, 3].flatMap(index => [
    [index, 'fails'],
    [index, 'fails afterwards'],
  ])

  test.each(ways)('step %i on the node %s', async (index, how) => {
    const seen = cluster()
    const before = stateOf(seen)
    let count = 0
    seen.disturb = command => (isStep(command) && count++ === index ? how : undefined)
    await given(seen)
      .run(CREATE)
      .fails(/out of order/)
    expect(stateOf(seen)).toEqual(before)
    expect(hasLock(seen)).toBe(false)
  })

  test('the container does not start', async () => {
    const seen = cluster()
    const before = stateOf(seen)
    const { active } = seen
    seen.active = () => active().filter(({ id }) => id !== 'web0-container')
    const reason = 'it has no init'
    seen.disturb = ({ words: [tool, verb] }) => {
      if (tool === 'cibadmin' && verb === '--patch')
        seen.failures = [{ resource: 'web0-container', node: 'node2', action: 'start', reason }]
      return undefined
    }
    await given(seen)
      .run(CREATE)
      .fails('vhacs: waiting until web0 is ready: start of web0-container failed on node2: it has no init')
    expect(stateOf(seen)).toEqual(before)
  })

  test.each([
    ['ends early', image.subarray(0, image.length - 1024), /standard input is not an image: it ends early/],
    ['ends early in gzip', gzipSync(image).subarray(0, -9), /standard input is not an image: it ends early/],
    [
      'is something else in zstd',
      zstdCompressSync(Buffer.alloc(5000, 'x')),
      /what is compressed in it is not a tar archive/,
    ],
  ])('the image %s', async (_, bytes, why) => {
    const seen = cluster()
    const before = stateOf(seen)
    const inputBytes = async function* () {
      yield bytes
    }
    await given(seen).run('vserver -c web0 --storage c0 --image -', { inputBytes }).fails(why)
    expect(stateOf(seen)).toEqual(before)
  })

  test('the file system becomes full', async () => {
    const seen = cluster()
    const before = stateOf(seen)
    seen.fake.isFull = true
    await given(seen)
      .run(CREATE)
      .fails(/node2: the file system on \/clouds\/c0 is full$/)
    expect(stateOf(seen)).toEqual(before)
  })

  test('the image does not boot, unless a program of it is named', async () => {
    const seen = cluster()
    const before = stateOf(seen)
    seen.fake.lacks = ['init', 'os-release']
    await given(seen)
      .run(CREATE)
      .fails(/the image has no init and no os-release, so it does not boot/)
    expect(stateOf(seen)).toEqual(before)
    await runWords(seen.system, [...CREATE.split(' '), '--command', '/usr/sbin/nginx -g x']).succeeds()
  })

  test('it is interrupted while it unpacks', async () => {
    const seen = cluster()
    const before = stateOf(seen)
    const controller = new AbortController()
    seen.disturb = command => {
      if (isStep(command)) controller.abort(new Error('interrupted (SIGINT)'))
      return undefined
    }
    await given(seen)
      .run(CREATE, { interruption: controller.signal })
      .fails(/interrupted \(SIGINT\)/)
    expect(stateOf(seen)).toEqual(before)
  })

  test.each([
    [CREATE, [nosuid]],
    ['vserver --destroy web0 --yes', [c0]],
  ])('vhacs is killed after any command, and then called: %s', async (line, clouds) => {
    const whole = cluster(clouds)
    await given(whole).run(CREATE).succeeds()
    const count = whole.ran.filter(isChange).length
    expect(count).toBeGreaterThan(6)
    for (let last = 0; last <= count; last += 1) await callAfterKill(line, clouds, last)
  })

  async function callAfterKill(line: string, clouds: readonly (typeof c0)[], last: number): Promise<void> {
    const seen = cluster(clouds)
    await killedAfter(seen, last)
    const isBegun = seen.cib.includes('vhacs-creating')
    if (vserversOf(seen).length > 0) expect(optionsOf(seen)).toBe('nodev')
    const found = (await given(seen).run('cluster --check')).stdout.join('\n')
    expect(found.includes('the creation of the vserver web0 on c0 was begun and is not complete')).toBe(isBegun)
    const hasVserver = vserversOf(seen).length > 0
    const isUseful = isBegun || hasVserver === (line !== CREATE)
    if (isUseful) await given(seen).run(line).succeeds()
    if (line === CREATE) expect(tree(seen)).toMatchObject({ hostName: 'web0', isMarked: false })
    else expect([...seen.fake.trees]).toEqual([])
    expect(seen.cib).not.toContain('vhacs-creating')
    if (isUseful) expect(hasLock(seen)).toBe(false)
  }

  /** After that many commands none does anything any more, as if the process were gone; what it holds goes with it. */
  async function killedAfter(seen: Hosting, last: number): Promise<void> {
    let ran = 0
    let isDead = false
    seen.disturb = command => {
      if (isChange(command) && ran++ >= last) isDead = true
      return isDead ? 'fails' : undefined
    }
    await given(seen).run(CREATE)
    seen.disturb = () => undefined
  }
})

test('a note without a storage is named', async () => {
  const seen = cluster()
  seen.cib = withNodeAttribute(seen.cib, 'node1', 'vhacs-creating-web9', 'gone')
  expect((await given(seen).run('cluster --check')).stdout.join('\n')).toMatch(
    /web9 on gone was begun and is not complete, and there is no storage gone any more\n +crm_attribute --node node1 --name vhacs-creating-web9 --delete/,
  )
})
