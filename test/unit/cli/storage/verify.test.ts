import { describe, expect, test } from 'vitest'
import { dueTonight } from '../../../../cli/storage/verify/nightly.ts'
import { readCluster } from '../../../../cloud/cib/read/cluster.ts'
import type { Cloud } from '../../../../cloud/cloud.ts'
import { lastVerification } from '../../../../cloud/verification/record.ts'
import { type FakeCluster, fakeCluster, isLocking, isReading, node, type Ran } from '../../../fake/cluster/cluster.ts'
import { type FakeVerification, fileAlgorithm, verifiable } from '../../../fake/cluster/verification.ts'
import { withNodeAttribute } from '../../cloud/cib.ts'
import { bare, c0 } from '../../cloud/examples.ts'
import { given } from '../call.ts'

const VERIFY = 'storage --verify c0'
const REPAIR = 'storage --repair c0'
const FILE = '/etc/drbd.d/c0.res'

interface Verifying extends FakeCluster {
  readonly drbd: ReadonlyMap<string, FakeVerification>
}

function cluster(...clouds: readonly Cloud[]): Verifying {
  const made = fakeCluster(clouds.length === 0 ? [c0] : clouds)
  return Object.assign(made, { drbd: verifiable(made) })
}

/** A cluster whose storage was verified a month ago. */
function verified(...clouds: readonly Cloud[]): Verifying {
  const seen = cluster(...clouds)
  for (const name of seen.drbd.keys()) setRecord(seen, name, '2025-12-01T03:00:00Z equal 0 12')
  return seen
}

function setRecord(seen: FakeCluster, name: string, text: string): void {
  seen.cib = withNodeAttribute(seen.cib, 'node1', `vhacs-verification-${name}`, text)
}

/** A storage of an older vhacs: neither file has verify-alg. */
function withoutAlgorithm(): Verifying {
  const seen = cluster()
  for (const name of c0.storageNodes) {
    const { system } = node(seen, name)
    system.put(FILE, system.read(FILE).replace(/\t\tverify-alg .*\n/, ''))
    drbdOf(seen).algorithms.set(name, undefined)
  }
  return seen
}

function drbdOf({ drbd }: Verifying, name = 'c0'): FakeVerification {
  const found = drbd.get(name)
  if (found === undefined) throw new Error(`no cloud ${name}`)
  return found
}

const recordOf = ({ cib }: FakeCluster, name = 'c0') => lastVerification(name, readCluster(cib).nodes)
const isShow = ({ words: [tool, verb] }: Ran) => tool === 'drbdsetup' && verb === 'show'
const isChange = (command: Ran) => !isLocking(command) && !isReading(command) && !isShow(command)
const changes = ({ ran }: FakeCluster) => ran.filter(isChange)
const verbsOf = (seen: FakeCluster) =>
  changes(seen).flatMap(({ node: name, words: [tool, ...words] }) =>
    tool === 'drbdadm' ? [`${name}: ${words.join(' ')}`] : [],
  )
const linesOf = (stdout: readonly string[]) => stdout.map(line => line.replace(/^ *[\d.]+ s {2}/, ''))
const hasLock = ({ cib }: FakeCluster) => cib.includes('vhacs-lock')
const algorithmsOf = (seen: Verifying) => ({
  files: c0.storageNodes.map(name => fileAlgorithm(seen, name, c0)),
  kernels: [...drbdOf(seen).algorithms.values()],
})
const EVERYWHERE = { files: ['crc32c', 'crc32c'], kernels: ['crc32c', 'crc32c'] }

test('equal sides are found equal; the side that is not primary compares', async () => {
  const seen = cluster()
  const { stdout } = await given(seen).run(VERIFY).succeeds()
  expect(linesOf(stdout)).toEqual([
    'starting the verification of c0 on node2',
    'comparing the two sides of c0: I/O continues',
    '50% of c0 are compared',
    'the two sides of c0 are equal',
  ])
  expect(verbsOf(seen)).toEqual(['node2: -- --start=0 verify c0'])
  expect(recordOf(seen)).toMatchObject({ outcome: 'equal', differentBytes: 0, seconds: 12 })
  expect(hasLock(seen)).toBe(false)
})

test('the lock is not held while the kernels compare', async () => {
  const seen = cluster()
  drbdOf(seen).looks = 10
  const held: boolean[] = []
  seen.disturb = ({ words: [tool] }) => {
    if (tool === 'cat' && drbdOf(seen).state === 'Verify') held.push(hasLock(seen))
    return undefined
  }
  await given(seen).run(VERIFY).succeeds()
  expect(held.length).toBeGreaterThan(5)
  expect(held).not.toContain(true)
})

test('what differs in the first verification is copied from the primary', async () => {
  const seen = cluster()
  drbdOf(seen).differentKib = 8
  const { stdout } = await given(seen).run(VERIFY).succeeds()
  expect(linesOf(stdout)).toContain(
    'copying 8.0K of c0 from node1, which is primary and has what the mount shows, to node2',
  )
  expect(verbsOf(seen)).toEqual(['node2: -- --start=0 verify c0', 'node2: disconnect c0', 'node2: connect c0'])
  expect(recordOf(seen)).toMatchObject({ outcome: 'equalised', differentBytes: 8192 })
  expect(drbdOf(seen).differentKib).toBe(0)
})

test('what differs later is a finding that changes nothing, and is repaired when that is requested', async () => {
  const seen = verified()
  drbdOf(seen).differentKib = 8
  const different = /8\.0K of c0 differ between its sides: look for the cause .*"vhacs storage --repair c0"/
  await given(seen).run(VERIFY).fails(different)
  expect(verbsOf(seen)).toEqual(['node2: -- --start=0 verify c0'])
  expect(recordOf(seen)).toMatchObject({ outcome: 'different', differentBytes: 8192 })
  // it is found again, until it is repaired
  await given(seen).run(VERIFY).fails(different)

  const { stdout } = await given(seen).run(REPAIR).succeeds()
  expect(linesOf(stdout).at(-1)).toMatch(/^8\.0K of c0 are copied/)
  expect(recordOf(seen)).toMatchObject({ outcome: 'repaired', differentBytes: 8192 })
  await given(seen).run(VERIFY).succeeds()
  expect(recordOf(seen)).toMatchObject({ outcome: 'equal' })
})

test('what differed is a finding also where the sides have connected again before anybody looked', async () => {
  const seen = verified()
  seen.disturb = ({ words: [tool] }) => {
    const one = drbdOf(seen)
    if (tool !== 'cat' || one.state !== 'Verify') return undefined
    const done = 'Online verify done (total 12 sec; paused 0 sec; 8192 K/sec)'
    one.log.push(done, 'Online verify found 2 4k block out of sync!')
    one.state = 'Connected'
    return undefined
  }
  await given(seen)
    .run(VERIFY)
    .fails(/8\.0K of c0 differ between its sides/)
  expect(recordOf(seen)).toMatchObject({ outcome: 'different', differentBytes: 8192 })
  const { stdout } = await given(seen).run(REPAIR).succeeds()
  expect(linesOf(stdout)).toEqual(['nothing of c0 is known to differ'])
  expect(recordOf(seen)).toMatchObject({ outcome: 'repaired' })
})

test('a dry run prints the command, and changes nothing', async () => {
  const seen = withoutAlgorithm()
  const { stdout } = await given(seen).run(`${VERIFY} --dry-run`).succeeds()
  expect(stdout.filter(line => / drbdadm (adjust|--) /.test(line))).toEqual([
    'node1: drbdadm adjust c0',
    'node2: drbdadm adjust c0',
    'node2: drbdadm -- --start=0 verify c0',
  ])
  expect(changes(seen)).toEqual([])
})

test('what is printed, and what is run, contains no secret', async () => {
  const seen = withoutAlgorithm()
  const { status, stdout, stderr } = await given(seen).run(`${VERIFY} -V 2`)
  expect(status).toBe(0)
  expect(stderr.join('\n')).toContain('drbdsetup show c0')
  const all = [...stdout, ...stderr, ...seen.ran.map(({ words }) => words.join(' '))].join('\n')
  expect(all).not.toMatch(/s3cret|secret-of-c0/)
})

describe('a storage without verify-alg', () => {
  test('gets it in both files before either kernel, as a new storage has it', async () => {
    const seen = withoutAlgorithm()
    const asNew = node(cluster(), 'node1').system.read(FILE)
    const early: unknown[] = []
    seen.disturb = ({ words: [tool, verb] }) => {
      if (tool === 'drbdadm' && verb === 'adjust') early.push(algorithmsOf(seen).files)
      return undefined
    }
    await given(seen).run(VERIFY).succeeds()
    expect(early).toEqual([EVERYWHERE.files, EVERYWHERE.files])
    expect(algorithmsOf(seen)).toEqual(EVERYWHERE)
    for (const name of c0.storageNodes) expect(node(seen, name).system.read(FILE)).toBe(asNew)
  })

  const commands = async () => {
    const seen = withoutAlgorithm()
    await given(seen).run(VERIFY).succeeds()
    return changes(seen).length
  }

  test('whichever command fails, a side that is reset connects again, and the same command goes on', async () => {
    for (const how of ['fails', 'fails afterwards'] as const)
      for (let index = 0; index < (await commands()); index++) {
        const seen = withoutAlgorithm()
        let count = 0
        seen.disturb = command => (isChange(command) && count++ === index ? how : undefined)
        await given(seen).run(VERIFY)
        const { files, kernels } = algorithmsOf(seen)
        expect(files).toEqual(kernels.toReversed())
        expect(hasLock(seen)).toBe(false)
        await given(seen).run(VERIFY).succeeds()
        expect(algorithmsOf(seen)).toEqual(EVERYWHERE)
      }
  })

  test('after whichever command vhacs is killed, the same command finishes it', async () => {
    for (let index = 0; index < (await commands()); index++) {
      const seen = withoutAlgorithm()
      let count = 0
      seen.disturb = command => (isChange(command) && count++ >= index ? 'fails' : undefined)
      await given(seen).run(VERIFY)
      seen.disturb = () => undefined
      await given(seen).run(VERIFY).succeeds()
      expect(algorithmsOf(seen)).toEqual(EVERYWHERE)
    }
  })

  test('but with one in the common section of DRBD, is left as it is', async () => {
    const seen = withoutAlgorithm()
    for (const name of c0.storageNodes) drbdOf(seen).algorithms.set(name, 'sha1')
    await given(seen).run(VERIFY).succeeds()
    expect(verbsOf(seen)).toEqual(['node2: -- --start=0 verify c0'])
  })

  test.each([
    ['a file was changed by hand', (text: string) => text.replace('# Made', '# Changed'), /add "verify-alg crc32c;"/],
    [
      'one file has an algorithm that the kernels lack',
      (text: string) => text.replace('\tnet {', '\tnet {\n\t\tverify-alg sha1;'),
      /the kernel of node1 cannot compute sha1/,
    ],
  ])('is refused where %s', async (_, change, words) => {
    const seen = withoutAlgorithm()
    const { system } = node(seen, 'node1')
    system.put(FILE, change(system.read(FILE)))
    const before = algorithmsOf(seen)
    await given(seen).run(VERIFY).isRefused(words)
    expect(algorithmsOf(seen)).toEqual(before)
    expect(drbdOf(seen).state).toBe('Connected')
  })

  test('is refused where the files have two different ones', async () => {
    const seen = cluster()
    const { system } = node(seen, 'node2')
    system.put(FILE, system.read(FILE).replace('crc32c', 'sha256'))
    await given(seen)
      .run(VERIFY)
      .isRefused(/verify-alg is crc32c on node1, but sha256 on node2/)
  })
})

test('a storage in standby is refused', async () => {
  const seen = cluster({ ...c0, state: 'standby' })
  await given(seen)
    .run(VERIFY)
    .isRefused(/c0 cannot be verified: it is in standby \(start it with "vhacs storage --active c0"\)/)
  expect(changes(seen)).toEqual([])
})

test.each<[string, (seen: Verifying) => void, RegExp]>([
  ['apart', seen => (drbdOf(seen).state = 'Apart'), /not both Connected and UpToDate \(node1: WFConnection/],
  ['without a primary', seen => (drbdOf(seen).primary = undefined), /not exactly one side is primary/],
])('a storage %s is refused, and nothing is changed', async (_, spoil, words) => {
  const seen = cluster()
  spoil(seen)
  await given(seen).run(VERIFY).isRefused(words)
  expect(changes(seen)).toEqual([])
})

describe('interrupted', () => {
  /** Interrupts the command at its `index`-th look at /proc/drbd while the kernels compare. */
  async function interruptAt(seen: Verifying, index: number) {
    const controller = new AbortController()
    let count = 0
    seen.disturb = ({ words: [tool] }) => {
      const isLook = tool === 'cat' && drbdOf(seen).state === 'Verify'
      if (isLook && count++ === index) controller.abort(new Error('interrupted (SIGINT)'))
      return undefined
    }
    const result = await given(seen).run(VERIFY, { interruption: controller.signal })
    seen.disturb = () => undefined
    return result
  }

  test.each([0, 1, 4])('it stops the verification (look %i), and the same command begins again', async index => {
    const seen = verified()
    drbdOf(seen).looks = 10
    const { status, stderr } = await interruptAt(seen, index)
    expect(status).toBe(1)
    expect(stderr[0]).toContain('interrupted (SIGINT)')
    expect(verbsOf(seen)).toEqual(['node2: -- --start=0 verify c0', 'node2: -- --stop=0 verify c0'])
    expect(drbdOf(seen).state).toBe('Connected')
    expect(recordOf(seen)?.at).toBe('2025-12-01T03:00:00Z')
    await given(seen).run(VERIFY).succeeds()
    expect(recordOf(seen)?.at).not.toBe('2025-12-01T03:00:00Z')
  })

  test('it says how to stop it where that node does not answer', async () => {
    const seen = verified()
    drbdOf(seen).looks = 10
    const controller = new AbortController()
    seen.disturb = ({ words: [tool] }) => {
      if (tool !== 'cat' || drbdOf(seen).state !== 'Verify') return undefined
      controller.abort(new Error('interrupted (SIGINT)'))
      node(seen, 'node2').isUp = false
      return undefined
    }
    const { status, stdout } = await given(seen).run(VERIFY, { interruption: controller.signal })
    expect(status).toBe(1)
    expect(linesOf(stdout).at(-1)).toMatch(
      /^NOT STOPPED: the verification of c0 on node2 \(.*\): stop it there with "drbdadm -- --stop=0 verify c0"$/,
    )
  })

  test('it does not stop one that another vhacs has started', async () => {
    const seen = verified()
    Object.assign(drbdOf(seen), { state: 'Verify', looks: 40, left: 40 })
    const { stdout } = await interruptAt(seen, 12)
    expect(linesOf(stdout)).toContain('another vhacs has started the verification of c0: it goes on')
    expect(drbdOf(seen).state).toBe('Verify')
  })
})

test('one that a killed vhacs has left is waited for, and its result recorded', async () => {
  const seen = verified()
  Object.assign(drbdOf(seen), { state: 'Verify', looks: 40, left: 40, comparing: 'node1' })
  const { stdout } = await given(seen).run(VERIFY).succeeds()
  expect(linesOf(stdout)[0]).toBe('c0 is being verified already, by node1: waiting for the end of that')
  expect(verbsOf(seen)).toEqual([])
  expect(recordOf(seen)?.at).not.toBe('2025-12-01T03:00:00Z')
})

test.each<[string, (one: FakeVerification) => void, RegExp]>([
  ['was stopped', one => one.log.push('Online Verify reached sector 8'), /broken off before its end/],
  ['has left no trace', one => one.log.splice(0), /the kernel log of node2 does not show its end/],
])('one that %s has no result', async (_, spoil, words) => {
  const seen = verified()
  seen.disturb = ({ words: [tool, , , minor] }) => {
    if (tool === 'sh' && minor === '0') spoil(drbdOf(seen))
    return undefined
  }
  await given(seen).run(VERIFY).fails(words)
  expect(recordOf(seen)?.at).toBe('2025-12-01T03:00:00Z')
})

test('a node that does not answer for a moment costs no result', async () => {
  const seen = verified()
  let count = 0
  seen.disturb = ({ words: [tool, , , minor] }) =>
    tool === 'sh' && minor === '0' && count++ === 0 ? 'fails' : undefined
  await given(seen).run(VERIFY).succeeds()
  expect(count).toBe(2)
  expect(recordOf(seen)?.at).not.toBe('2025-12-01T03:00:00Z')
})

test('one whose connection is lost ends with the states of both sides', async () => {
  const seen = verified()
  seen.disturb = ({ words: [tool] }) => {
    if (tool === 'cat' && drbdOf(seen).state === 'Verify') drbdOf(seen).state = 'Apart'
    return undefined
  }
  await given(seen)
    .run(VERIFY)
    .fails(/it was broken off \(node1: WFConnection, UpToDate; node2: StandAlone, Outdated\)/)
})

describe('several storages', () => {
  const c1: Cloud = { ...bare, name: 'c1', minor: 7 }

  test('are verified in turn', async () => {
    const seen = cluster(c0, c1)
    let most = 0
    seen.disturb = () => {
      most = Math.max(most, [...seen.drbd.values()].filter(({ state }) => state === 'Verify').length)
      return undefined
    }
    await given(seen).run('storage --verify ALL').succeeds()
    expect(most).toBe(1)
    for (const name of ['c0', 'c1']) expect(recordOf(seen, name)?.outcome).toBe('equal')
  })

  test.each(['Verify', 'Resync'] as const)('wait for one in the state %s', async state => {
    const seen = cluster(c0, c1)
    Object.assign(drbdOf(seen, 'c1'), { state, looks: 30, left: 30 })
    let isEarly = false
    seen.disturb = ({ words }) => {
      if (words.includes('--start=0')) isEarly = drbdOf(seen, 'c1').state !== 'Connected'
      return undefined
    }
    const { stdout } = await given(seen).run(VERIFY).succeeds()
    expect(linesOf(stdout)[0]).toBe(`waiting: c1 is being ${state === 'Verify' ? 'verified' : 'resynchronised'}`)
    expect(isEarly).toBe(false)
  })

  test('begin with the one that runs already', async () => {
    const seen = cluster(c0, c1)
    Object.assign(drbdOf(seen, 'c1'), { state: 'Verify', looks: 60, left: 60 })
    const { stdout } = await given(seen).run('storage --verify ALL').succeeds()
    expect(linesOf(stdout)[0]).toMatch(/^c1 is being verified already/)
    expect(verbsOf(seen)).toEqual(['node2: -- --start=0 verify c0'])
  })
})

test('two operators at once: one verification, and both have its result', async () => {
  const seen = verified()
  drbdOf(seen).looks = 300
  // of the one that has the lock
  seen.system.put('/proc/4321/stat', seen.system.read('/proc/self/stat'))
  const [one, other] = await Promise.all([given(seen).run(VERIFY), given(seen).run(VERIFY)])
  expect([one.status, other.status]).toEqual([0, 0])
  expect(verbsOf(seen)).toEqual(['node2: -- --start=0 verify c0'])
})

describe('--repair', () => {
  test('has nothing to do where nothing is known to differ', async () => {
    const seen = verified()
    const { stdout } = await given(seen).run(REPAIR).succeeds()
    expect(linesOf(stdout)).toEqual(['nothing of c0 is known to differ'])
    expect(verbsOf(seen)).toEqual([])
  })

  test('completes one that was killed between the two commands', async () => {
    const seen = cluster()
    setRecord(seen, 'c0', '2025-12-01T03:00:00Z different 8192 12')
    Object.assign(drbdOf(seen), { markedKib: 8, differentKib: 8, state: 'Apart' })
    await given(seen).run(REPAIR).succeeds()
    expect(verbsOf(seen)).toEqual(['node2: connect c0'])
    expect(recordOf(seen)).toMatchObject({ outcome: 'repaired', differentBytes: 8192 })
  })

  test('is refused where neither side is primary', async () => {
    const seen = cluster()
    Object.assign(drbdOf(seen), { markedKib: 8, differentKib: 8, primary: undefined })
    await given(seen)
      .run(REPAIR)
      .isRefused(/c0 cannot be repaired: not exactly one side is primary, so neither is the source/)
    expect(verbsOf(seen)).toEqual([])
  })

  test('is refused while the sides are being verified', async () => {
    const seen = cluster()
    Object.assign(drbdOf(seen), { state: 'Verify', looks: 40, left: 40 })
    await given(seen)
      .run(REPAIR)
      .isRefused(/c0 cannot be repaired: .*VerifyS/)
  })
})

describe('--nightly', () => {
  const NIGHTLY = 'storage --verify ALL --nightly'
  const at = (text: string) => Date.parse(`${text}T03:00:00Z`)

  test.each([
    [1, 1],
    [28, 1],
    [29, 2],
    [128, 5],
  ])('of %i storages, %i a night are enough to get through all in four weeks', (total, count) => {
    const clouds = Array.from({ length: total }, (_, index) => ({ ...bare, name: `c${index}`, minor: index }))
    const names = clouds.map(({ name }) => name)
    expect(dueTonight({ clouds, nodes: [] }, names, at('2026-01-01'))).toEqual({ due: names, count })
  })

  test('the one whose verification was the longest ago is the first; one is due after 27 days, and none in standby', () => {
    const days: Record<string, string> = { c1: '2025-12-05', c2: '2025-11-01', c3: '2025-12-06', c4: '2025-10-01' }
    const clouds = Object.keys(days).map(
      name => ({ ...bare, name, state: name === 'c4' ? 'standby' : 'active' }) as const,
    )
    const attributes = Object.fromEntries(
      clouds.map(({ name }) => [`vhacs-verification-${name}`, `${days[name]}T03:00:00Z equal 0 12`]),
    )
    const cib = { clouds, nodes: [{ ...readCluster(cluster().cib).nodes[0], name: 'node1', attributes }] as never }
    expect(dueTonight(cib, Object.keys(days), at('2026-01-01')).due).toEqual(['c2', 'c1'])
  })

  test('does nothing while none is due', async () => {
    const seen = cluster()
    setRecord(seen, 'c0', '2025-12-20T03:00:00Z equal 0 12')
    const { stdout } = await given(seen).run(NIGHTLY).succeeds()
    expect(linesOf(stdout)).toEqual(['nothing to do: no storage is due'])
  })

  test('does nothing on a node that does not coordinate the cluster, nor beside a resync', async () => {
    const seen = cluster(c0, { ...bare, name: 'c1', minor: 7 })
    seen.coordinator = 'node2'
    const other = await given(seen).run(NIGHTLY).succeeds()
    expect(linesOf(other.stdout)).toEqual(['nothing to do on this node: node2 coordinates the cluster'])
    seen.coordinator = 'node1'
    Object.assign(drbdOf(seen, 'c1'), { state: 'Resync', looks: 40, left: 40 })
    const busy = await given(seen).run(NIGHTLY).succeeds()
    expect(linesOf(busy.stdout)).toEqual(['nothing to do: c1 is being resynchronised'])
    expect(verbsOf(seen)).toEqual([])
  })

  test('passes over one that cannot be verified, and fails if there is no other', async () => {
    const seen = cluster(c0, { ...bare, name: 'c1', minor: 7 })
    drbdOf(seen).primary = undefined
    await given(seen).run(NIGHTLY).succeeds()
    expect(recordOf(seen, 'c1')?.outcome).toBe('equal')
    await given(seen)
      .run(NIGHTLY)
      .isRefused(/no storage can be verified: c0 cannot be verified: not exactly one side is primary/)
  })
})
