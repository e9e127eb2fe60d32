import { describe, expect, test } from 'vitest'
import { type FakeCluster, fakeCluster, isLocking, isReading, node, type Ran } from '../../../fake/cluster/cluster.ts'
import { contentsOf, type FakeSides, snapshottable } from '../../../fake/cluster/snapshots.ts'
import { c0 } from '../../cloud/examples.ts'
import { given } from '../call.ts'

const TAKE = 'storage --snapshot c0 monday'

interface Snapshotting extends FakeCluster {
  readonly sides: FakeSides
}

function cluster(): Snapshotting {
  const made = fakeCluster([c0])
  return Object.assign(made, { sides: snapshottable(made) })
}

const snapshotsOn = ({ sides }: Snapshotting, name: string) => [...(sides.snapshots.get(name)?.keys() ?? [])]
const volumesOf = (seen: Snapshotting) => ['node1', 'node2'].map(name => snapshotsOn(seen, name))
const linesOf = (stdout: readonly string[]) => stdout.map(line => line.replace(/^ *[\d.]+ s {2}/, ''))
/** The freeze is a script, which is read. */
const isFreeze = ({ words: [tool, , , directory] }: Ran) => tool === 'sh' && directory === c0.directory
const isChange = (command: Ran) =>
  !isLocking(command) && (!isReading(command) || isFreeze(command)) && command.words[0] !== 'rm'
const changes = ({ ran }: FakeCluster) => ran.filter(isChange)
const toolsOf = (seen: FakeCluster) => changes(seen).map(({ node: name, words: [tool] }) => `${name}: ${tool}`)
const hasLock = ({ cib }: FakeCluster) => cib.includes('vhacs-lock')

async function taken(): Promise<Snapshotting> {
  const seen = cluster()
  await given(seen).run(TAKE).succeeds()
  seen.ran.length = 0
  return seen
}

/** The snapshot of a side. */
function sideOf({ sides }: Snapshotting, name: string, volume = 'c0.monday') {
  const found = sides.snapshots.get(name)?.get(volume)
  if (found === undefined) throw new Error(`${name} has no ${volume}`)
  return found
}

describe('a snapshot', () => {
  test('is taken on both sides while the file system is frozen, and is the same there', async () => {
    const seen = cluster()
    const { stdout } = await given(seen).run(TAKE).succeeds()
    expect(linesOf(stdout)).toEqual([
      'starting the watch over snapshots on node1 and node2',
      'taking the snapshot monday of c0 on node1 and node2; its file system on node2 is frozen for at most 20 s',
      'noting that both sides of c0.monday are the same',
      'c0 has the snapshot monday',
    ])
    const [one, other] = contentsOf(seen, seen.sides, 'c0.monday')
    expect(one).toBe(other)
    expect(seen.sides.isFrozen).toBe(false)
    expect(hasLock(seen)).toBe(false)
    expect(toolsOf(seen)).toEqual([
      ...['node1: systemctl', 'node2: systemctl', 'node2: sh', 'node1: lvcreate', 'node2: lvcreate'],
      ...['node1: lvchange', 'node2: lvchange'],
    ])
    expect(sideOf(seen, 'node1').tags).toEqual(sideOf(seen, 'node2').tags)
  })

  test('is named after the time unless it is given a name', async () => {
    const seen = cluster()
    await given(seen).run('storage --snapshot c0').succeeds()
    expect(snapshotsOn(seen, 'node1')).toEqual([expect.stringMatching(/^c0\.\d{8}-\d{6}$/)])
    expect(volumesOf(seen)[0]).toEqual(volumesOf(seen)[1])
  })

  test('has room for a fifth of the volume, or as much as is requested, in whole extents', async () => {
    const seen = await taken()
    expect(sideOf(seen, 'node1').sizeBytes).toBe(52 * 4 * 2 ** 20)
    await given(seen).run('storage --snapshot c0 small --size 5M').succeeds()
    expect(sideOf(seen, 'node2', 'c0.small').sizeBytes).toBe(8 * 2 ** 20)
  })

  test('is not kept when the freeze ended before both sides had it', async () => {
    const seen = cluster()
    seen.disturb = ({ node: name, words: [tool] }) => {
      if (tool === 'lvcreate' && name === 'node2') seen.sides.expire()
      return undefined
    }
    await given(seen)
      .run(TAKE)
      .fails(/node2: the file system was not frozen until both sides had their snapshots/)
    expect(volumesOf(seen)).toEqual([[], []])
  })

  test('has a freeze of its own: what a killed call has left, or still holds, does not count', async () => {
    const seen = await taken()
    await given(seen).run('storage --snapshot c0 tuesday').succeeds()
    await given(seen).run('storage --snapshot c0 friday').succeeds()
    const notes = seen.ran.filter(isFreeze).map(({ words: [, , , , note] }) => note)
    expect(notes).toEqual([1, 2].map(() => expect.stringMatching(/^\/run\/vhacs\/freeze-c0-\d+_[0-9a-f]{8}$/)))
    expect(new Set(notes).size).toBe(2)
  })

  test('is not taken while requests are under way in DRBD', async () => {
    const seen = cluster()
    seen.disturb = ({ words: [tool, path] }) => {
      if (tool === 'cat' && path === '/proc/drbd' && seen.sides.isFrozen) seen.sides.inFlight = 7
      return undefined
    }
    await given(seen)
      .run(TAKE)
      .fails(/requests are still under way in DRBD of c0 after 5 s/)
    expect(volumesOf(seen)).toEqual([[], []])
    expect(seen.sides.isFrozen).toBe(false)
  })

  test('dry run prints the commands, and changes nothing', async () => {
    const seen = cluster()
    const { stdout } = await given(seen).run(`${TAKE} --dry-run`).succeeds()
    const commands = stdout.filter(line => /^node\d: /.test(line)).map(line => line.split(' ').slice(0, 2).join(' '))
    expect(commands).toEqual([
      ...['node1: systemctl', 'node2: systemctl', 'node2: sh', 'node1: lvcreate', 'node2: lvcreate'],
      ...['node1: lvchange', 'node2: lvchange'],
    ])
    expect(changes(seen)).toEqual([])
  })
})

/** Those of a snapshot. */
const COMMANDS = 7

describe('a snapshot that is broken off', () => {
  const cases = Array.from({ length: COMMANDS }, (_, index) => index).flatMap(index =>
    (['fails', 'fails afterwards'] as const).map(how => [index, how] as const),
  )

  test.each(cases)('at command %i, which %s, leaves nothing, and can be taken again', async (index, how) => {
    const seen = cluster()
    let count = 0
    seen.disturb = command => (isChange(command) && count++ === index ? how : undefined)
    // a freeze that fails at its end may have ended before
    await given(seen)
      .run(TAKE)
      .fails(/out of order|was not frozen until both sides had their snapshots/)
    expect(volumesOf(seen)).toEqual([[], []])
    expect(seen.sides.isFrozen).toBe(false)
    expect(hasLock(seen)).toBe(false)
    seen.disturb = () => undefined
    await given(seen).run(TAKE).succeeds()
  })

  test.each(
    Array.from({ length: COMMANDS }, (_, index) => [index]),
  )('by Ctrl-C during command %i is removed, or complete', async index => {
    const seen = cluster()
    const controller = new AbortController()
    let count = 0
    seen.disturb = command => {
      if (isChange(command) && count++ === index) controller.abort(new Error('interrupted (SIGINT)'))
      return undefined
    }
    const { status } = await given(seen).run(TAKE, { interruption: controller.signal })
    // in the last step, it is complete
    expect(volumesOf(seen)).toEqual(status === 0 ? [['c0.monday'], ['c0.monday']] : [[], []])
    expect(seen.sides.isFrozen).toBe(false)
    expect(hasLock(seen)).toBe(false)
  })

  test('when vhacs dies leaves what --check names, and the next one removes it', async () => {
    const seen = await taken()
    const side = sideOf(seen, 'node1')
    side.tags = side.tags.map(tag => tag.replace('snapshot', 'taking'))
    const { stdout } = await given(seen).run('cluster --check')
    expect(stdout).toContain(
      'warning: cluster: the snapshot monday of c0 is incomplete: taking or removing it was broken off',
    )
    expect(stdout).toContain('    vhacs storage --drop c0 monday')
    await given(seen).run(TAKE).succeeds()
    expect((await given(seen).run('cluster --check')).stdout.join()).not.toContain('the snapshot')
    const [one, other] = contentsOf(seen, seen.sides, 'c0.monday')
    expect(one).toBe(other)
  })
})

describe('refused, with nothing changed, is a snapshot', () => {
  const rows: readonly (readonly [what: string, change: (seen: Snapshotting) => unknown, why: RegExp])[] = [
    [
      'of a storage of which a side is unreachable',
      seen => {
        node(seen, 'node2').isUp = false
      },
      /no snapshot of c0 can be taken: its sides cannot be queried: ssh root@node2/,
    ],
    [
      'without room on one side',
      seen => {
        node(seen, 'node2').sizeBytes = 1100 * 2 ** 20
      },
      /vhacs on node2 has \S+ free, and 208M are needed for what changes/,
    ],
    [
      'of a storage that is not mounted',
      seen => {
        const all = seen.active()
        seen.active = () => all.filter(({ id }) => id !== 'c0-filesystem')
      },
      /it does not run completely/,
    ],
  ]
  test.each(rows)('%s', async (_, change, why) => {
    const seen = cluster()
    change(seen)
    await given(seen).run(TAKE).isRefused(why)
    expect(changes(seen)).toEqual([])
  })

  test('with the name of another one', async () => {
    const seen = await taken()
    await given(seen)
      .run(TAKE)
      .isRefused(/it has a snapshot monday already \(nothing was changed\)/)
  })

  test.each(['ALL', 'Über', '-x', 'a.b', 'a'.repeat(31)])('named %s', async name => {
    await given(cluster()).run(`storage --snapshot c0 ${name}`).isRefused()
  })

  test('of a file system that somebody else has frozen', async () => {
    const seen = cluster()
    seen.sides.isFrozenByOthers = true
    await given(seen)
      .run(TAKE)
      .fails(/freeze failed: Device or resource busy/)
    expect(volumesOf(seen)).toEqual([[], []])
  })
})

describe('--snapshots', () => {
  test('lists them with their state and how full they are', async () => {
    const seen = await taken()
    sideOf(seen, 'node2').usedPercent = '71.40'
    const { stdout } = await given(seen).run('storage --snapshots ALL').succeeds()
    expect(stdout.join('\n')).toMatch(
      / c0 +\| monday +\| [\dT:Z-]+ +\| complete +\| node1: 0% of 208M, node2: 71% of 208M/,
    )
    const { stdout: json } = await given(seen).run('storage --snapshots c0 --json').succeeds()
    expect(JSON.parse(json.join('\n'))).toMatchObject({
      snapshots: [
        {
          storage: 'c0',
          name: 'monday',
          state: 'complete',
          sides: [
            { node: 'node1', usedRatio: 0 },
            { node: 'node2', usedRatio: 0.714 },
          ],
        },
      ],
    })
  })

  test('says so when there are none', async () => {
    await given(cluster()).run('storage --snapshots c0').succeeds(['there are no snapshots'])
  })

  test('names a node that does not answer', async () => {
    const seen = await taken()
    node(seen, 'node2').isUp = false
    const { stdout } = await given(seen).run('storage --snapshots c0').succeeds()
    expect(stdout.join('\n')).toMatch(/unknown \| node1: 0% of 208M, node2: unknown/)
    expect(stdout.at(-1)).toMatch(/root@node2/)
  })
})

describe('--drop', () => {
  test('removes a snapshot from both sides, and keeps the others', async () => {
    const seen = await taken()
    await given(seen).run('storage --snapshot c0 tuesday').succeeds()
    await given(seen).run('storage --drop c0 monday --yes').succeeds()
    expect(volumesOf(seen)).toEqual([['c0.tuesday'], ['c0.tuesday']])
    await given(seen).run('storage --drop ALL ALL --yes').succeeds()
    expect(volumesOf(seen)).toEqual([[], []])
    expect(hasLock(seen)).toBe(false)
  })

  test('asks before', async () => {
    const seen = await taken()
    const asked: string[] = []
    const ask = async (question: string) => {
      asked.push(question)
      return 'no'
    }
    await given(seen)
      .run('storage --drop c0 monday', { ask })
      .isRefused(/the answer was not "yes"/)
    expect(asked).toEqual(['Remove the snapshots c0.monday? Type "yes" to proceed: '])
    expect(volumesOf(seen)).toEqual([['c0.monday'], ['c0.monday']])
  })

  test('that was broken off is named by --check, and finished by the same command', async () => {
    const seen = await taken()
    seen.disturb = ({ node: name, words: [tool] }) => (tool === 'lvremove' && name === 'node2' ? 'fails' : undefined)
    await given(seen)
      .run('storage --drop c0 monday --yes')
      .fails(/out of order/)
    seen.disturb = () => undefined
    expect(volumesOf(seen)).toEqual([[], ['c0.monday']])
    expect((await given(seen).run('cluster --check')).stdout.join()).toContain(
      'the snapshot monday of c0 is incomplete',
    )
    await given(seen).run('storage --drop c0 monday --yes').succeeds()
    expect(volumesOf(seen)).toEqual([[], []])
  })

  test('is refused for a snapshot that is not there, and while a side does not answer', async () => {
    const seen = await taken()
    await given(seen)
      .run('storage --drop c0 tuesday --yes')
      .isRefused(/there is no snapshot tuesday of c0/)
    await given(seen)
      .run('storage --drop c0 --yes')
      .isRefused(/the name of a snapshot, or ALL, is expected/)
    node(seen, 'node2').isUp = false
    await given(seen)
      .run('storage --drop c0 monday --yes')
      .isRefused(/root@node2.*\(nothing was changed\)/)
    expect(volumesOf(seen)).toEqual([['c0.monday'], ['c0.monday']])
  })
})

describe('a snapshot that fills', () => {
  test('is a warning from 70 % on, and an error of nobody', async () => {
    const seen = await taken()
    sideOf(seen, 'node2').usedPercent = '69.99'
    expect((await given(seen).run('cluster --check')).stdout.join()).not.toContain('the snapshot')
    sideOf(seen, 'node2').usedPercent = '70.00'
    const { stdout } = await given(seen).run('cluster --check')
    expect(stdout).toContain('warning: node2: the snapshot monday of c0 is 70% full, and is dropped at 90%')
  })

  const WATCH = 'storage --drop ALL --full --yes'

  test('is dropped on both sides at 90 %, by the watch of the node that sees it', async () => {
    const seen = await taken()
    sideOf(seen, 'node1').usedPercent = '89.99'
    await given(seen).run(WATCH).succeeds([])
    expect(seen.ran.map(({ words: [tool] }) => tool)).toEqual(['lvs'])
    // for the metrics
    expect(seen.system.read('/run/vhacs/snapshots')).toMatch(/^at \d+\nc0\.monday 0\.8999\n$/)
    sideOf(seen, 'node1').usedPercent = '90.00'
    const { stdout } = await given(seen).run(WATCH).succeeds()
    expect(linesOf(stdout)[0]).toBe('c0.monday: 90% full on node1, 0% full on node2')
    expect(volumesOf(seen)).toEqual([[], []])
  })

  test('or has become full is dropped, too, also when that cannot be noted for the metrics', async () => {
    const seen = await taken()
    const { write } = seen.system
    const onFullDisk: typeof write = (path, ...rest) =>
      path.startsWith('/run/vhacs/.snapshots') ? Promise.reject(new Error('no space left')) : write(path, ...rest)
    Object.assign(seen.system, { write: onFullDisk })
    sideOf(seen, 'node1').isLost = true
    expect((await given(seen).run('cluster --check')).stdout.join()).toContain(
      'the snapshot monday of c0 has become full',
    )
    const { stdout } = await given(seen).run(WATCH).succeeds()
    expect(stdout[0]).toMatch(/^how full the snapshots are could not be noted for the metrics: no space left$/)
    expect(volumesOf(seen)).toEqual([[], []])
  })
})

test('--destroy names the snapshots that go with a storage', async () => {
  const seen = await taken()
  const asked: string[] = []
  const ask = async (question: string) => {
    asked.push(question)
    return 'no'
  }
  await given(seen).run('storage --destroy c0', { ask }).isRefused()
  expect(asked).toEqual(['Destroy all data on c0, with the snapshots c0.monday? Type "yes" to proceed: '])
})
