import { describe, expect, test } from 'vitest'
import { readCluster } from '../../../../cloud/cib/read/cluster.ts'
import { type FakeCluster, fakeCluster, isLocking, isReading, node, type Ran } from '../../../fake/cluster/cluster.ts'
import { type FakeSides, snapshottable } from '../../../fake/cluster/snapshots.ts'
import { c0 } from '../../cloud/examples.ts'
import { given } from '../call.ts'

const ROLL_BACK = 'storage --rollback c0 monday --yes'
const FINISH = 'storage --rollback c0 --yes'

interface Rolling extends FakeCluster {
  readonly sides: FakeSides
}

/** A cluster whose storage has a snapshot, and was written to since. */
async function cluster(): Promise<Rolling> {
  const made = fakeCluster([c0])
  const seen = Object.assign(made, { sides: snapshottable(made) })
  await given(seen).run('storage --snapshot c0 monday').succeeds()
  seen.ran.length = 0
  return seen
}

const contentThen = (seen: Rolling) => seen.sides.snapshots.get('node1')?.get('c0.monday')?.content
const volumesOf = ({ sides }: Rolling) => ['node1', 'node2'].map(name => [...(sides.snapshots.get(name)?.keys() ?? [])])
const marksOf = ({ sides }: Rolling) => [...sides.tags.values()].map(tags => tags.join())
const stateOf = ({ cib }: FakeCluster) => readCluster(cib).clouds[0]?.state
const linesOf = (stdout: readonly string[]) => stdout.map(line => line.replace(/^ *[\d.]+ s {2}/, ''))
const hasLock = ({ cib }: FakeCluster) => cib.includes('vhacs-lock')
const isChange = (command: Ran) =>
  !isLocking(command) && !isReading(command) && command.words[1] !== 'get-gi' && command.words[0] !== 'crm_resource'
const toolsOf = (seen: FakeCluster) =>
  seen.ran.filter(isChange).map(({ node: name, words: [tool, ...words] }) => {
    const verb = words.find(word => /^--(activate|addtag|deltag|merge|snapshot|patch)$/.test(word)) ?? ''
    return `${name}: ${tool} ${verb}`
  })

const SAFETY = expect.stringMatching(/^c0\.before-\d{8}-\d{6}$/)

test('both sides go back to the snapshot, and what is discarded is kept in another one', async () => {
  const seen = await cluster()
  const then = contentThen(seen)
  let started: (number | undefined)[] = []
  seen.disturb = ({ words: [, verb], isOnCopy }) => {
    if (verb === '--patch' && !isOnCopy) started = [...seen.sides.written.values()]
    return undefined
  }
  const { stdout } = await given(seen).run(ROLL_BACK).succeeds()
  expect(linesOf(stdout)).toEqual([
    'requesting the stop of c0',
    'stopping c0',
    'activating its volumes on node1 and node2',
    'checking that both sides of c0 are the same',
    expect.stringMatching(/^taking the snapshot c0\.before-\d{8}-\d{6} of what is discarded$/),
    'noting on node1 and node2 that c0 is being rolled back, so that nothing starts it meanwhile',
    'rolling c0 back on node1 and node2 (the kernel goes on if you interrupt this)',
    'checking that both sides of c0 are the same',
    'deactivating its volumes on node1 and node2',
    'noting on node1 and node2 that c0 has been rolled back',
    'requesting the start of c0',
    'waiting until c0 is mounted',
    'c0 is rolled back, and mounted',
  ])
  // before anything could write again
  expect(started).toEqual([then, then])
  expect(volumesOf(seen)).toEqual([[SAFETY], [SAFETY]])
  expect(marksOf(seen)).toEqual(['', ''])
  expect(stateOf(seen)).toBe('active')
  expect(hasLock(seen)).toBe(false)
})

test('an operator is asked, and told what is discarded', async () => {
  const seen = await cluster()
  const asked: string[] = []
  const ask = async (question: string) => {
    asked.push(question)
    return 'no'
  }
  await given(seen)
    .run('storage --rollback c0 monday', { ask })
    .isRefused(/the answer was not "yes"/)
  expect(asked).toEqual([
    expect.stringMatching(
      /^Discard what was written to c0 since \d{4}-\d\d-\d\dT[\d:]{8}Z, except in a new snapshot before-\S+, and unmount it meanwhile\? Type "yes"/,
    ),
  ])
  expect(toolsOf(seen)).toEqual([])
})

test('a dry run prints the commands, and changes nothing', async () => {
  const seen = await cluster()
  const { stdout } = await given(seen).run(`${ROLL_BACK} --dry-run`).succeeds()
  expect(stdout.filter(line => line.includes('lvconvert'))).toEqual([
    expect.stringMatching(/^node1: lvconvert .*--merge .*vhacs\/c0\.monday$/),
    expect.stringMatching(/^node2: lvconvert .*--merge .*vhacs\/c0\.monday$/),
  ])
  expect(toolsOf(seen)).toEqual([])
  expect(volumesOf(seen)).toEqual([['c0.monday'], ['c0.monday']])
})

/** The commands that change something, in their order. */
const COMMANDS = [
  ...['cibadmin', 'node1 on', 'node2 on', 'node1 safety', 'node2 safety', 'node1 confirmed', 'node2 confirmed'],
  ...[
    'node1 noted',
    'node2 noted',
    'node1 merged',
    'node2 merged',
    'node1 off',
    'node2 off',
    'node1 done',
    'node2 done',
  ],
  'cibadmin',
]
const FIRST_MERGE = COMMANDS.indexOf('node1 merged')

describe('a rollback that is broken off', () => {
  const cases = COMMANDS.flatMap((name, index) =>
    (['fails', 'fails afterwards'] as const).map(how => [index, name, how] as const),
  )

  test.each(cases)('at command %i (%s), which %s, is undone or can be finished', async (index, _, how) => {
    const seen = await cluster()
    const then = contentThen(seen)
    let count = 0
    seen.disturb = command => (isChange(command) && !command.isOnCopy && count++ === index ? how : undefined)
    const { status } = await given(seen).run(ROLL_BACK)
    seen.disturb = () => undefined
    expect(status).toBe(1)
    expect(hasLock(seen)).toBe(false)
    if (index < FIRST_MERGE) {
      expect(volumesOf(seen)).toEqual([['c0.monday'], ['c0.monday']])
      expect(marksOf(seen)).toEqual(['', ''])
      expect(stateOf(seen)).toBe('active')
      return
    }
    if (marksOf(seen).some(mark => mark !== '')) {
      // nothing may start while the sides may differ
      expect(stateOf(seen)).toBe('standby')
      await given(seen)
        .run('storage --drop c0 ALL --yes')
        .isRefused(/c0 is being rolled back: finish that with "vhacs storage --rollback c0"/)
      await given(seen).run(FINISH).succeeds()
    }
    expect(marksOf(seen)).toEqual(['', ''])
    expect(volumesOf(seen)).toEqual([[SAFETY], [SAFETY]])
    if (stateOf(seen) !== 'standby') return
    expect([...seen.sides.written.values()]).toEqual([then, then])
    for (const line of [ROLL_BACK, FINISH])
      await given(seen)
        .run(line)
        .isRefused(/it is in standby: start it with "vhacs storage --active c0"/)
  })

  test('after only one side was merged does not start, and goes on with the other one', async () => {
    const seen = await cluster()
    seen.disturb = ({ node: name, words: [tool] }) => (tool === 'lvconvert' && name === 'node2' ? 'fails' : undefined)
    await given(seen)
      .run(ROLL_BACK)
      .fails(/out of order; c0 stays stopped, and "vhacs storage --rollback c0" finishes it$/)
    seen.disturb = () => undefined
    expect(volumesOf(seen)).toEqual([[SAFETY], ['c0.monday', SAFETY]])
    expect(marksOf(seen)).toEqual([
      expect.stringContaining('vhacs_rollback_'),
      expect.stringContaining('vhacs_rollback_'),
    ])
    const { stdout } = await given(seen).run('cluster --check')
    expect(stdout).toContain(
      'error: cluster: the rollback of c0 was broken off: its two sides may differ, and it does not start before that has ended',
    )
    expect(stdout.join()).not.toContain('the snapshot monday of c0 is incomplete')
    await given(seen)
      .run('storage --snapshot c0 x')
      .isRefused(/it is in standby|its rollback was broken off/)
    await given(seen)
      .run('storage --rollback c0 other --yes')
      .isRefused(/its rollback to monday was broken off/)
    await given(seen).run(FINISH).succeeds()
    expect(volumesOf(seen)).toEqual([[SAFETY], [SAFETY]])
    expect(stateOf(seen)).toBe('active')
  })

  test('before a side has changed is undone: what was written since then is kept', async () => {
    const seen = await cluster()
    // the node was lost: what was noted there remains, and the storage was started without it
    const id = seen.sides.snapshots.get('node2')?.get('c0.monday')?.tags[0]?.replace('vhacs_snapshot', 'vhacs_rollback')
    seen.sides.tags.set('node2', [id ?? ''])
    const { stdout } = await given(seen).run('cluster --check')
    expect(stdout).toContain(
      'error: cluster: the rollback of c0 was broken off before it changed anything: it does not start on node2',
    )
    const asked: string[] = []
    const ask = async (question: string) => {
      asked.push(question)
      return 'yes'
    }
    const written = seen.sides.written.get('node1') ?? 0
    // a merge that the killed vhacs has requested, and that waits for LVM
    seen.sides.isMergeStarting = true
    await given(seen)
      .run(FINISH)
      .fails(
        /lvconvert is about to merge vhacs\/c0\.monday: wait until it has ended; run "vhacs storage --rollback c0" again$/,
      )
    expect(marksOf(seen)[1]).toContain('vhacs_rollback_')
    seen.sides.isMergeStarting = false
    const { stdout: lines } = await given(seen).run('storage --rollback c0', { ask }).succeeds()
    expect(asked).toEqual(['Undo the rollback of c0, which has changed nothing yet? Type "yes" to proceed: '])
    expect(linesOf(lines)).toEqual([
      'noting on node1 and node2 that c0 is not rolled back',
      'requesting the start of c0',
      'waiting until c0 is mounted',
      'c0 is mounted, as before: nothing of it was rolled back',
    ])
    expect(marksOf(seen)).toEqual(['', ''])
    expect(volumesOf(seen)).toEqual([['c0.monday'], ['c0.monday']])
    expect(seen.sides.written.get('node1')).toBeGreaterThan(written)
  })

  test('when both sides were the same, and one had started since, only ends', async () => {
    const seen = await cluster()
    seen.disturb = ({ node: name, words }) => (words[2] === '--deltag' && name === 'node2' ? 'fails' : undefined)
    await given(seen)
      .run(ROLL_BACK)
      .fails(/out of order; c0 stays stopped/)
    seen.disturb = () => undefined
    expect(marksOf(seen)).toEqual(['', expect.stringContaining('vhacs_rollback_')])
    await given(seen).run('storage --active c0').succeeds()
    seen.sides.generations.set('node1', '60AB8728579E7F2A')
    const written = seen.sides.written.get('node1') ?? 0
    await given(seen).run(FINISH).succeeds()
    expect(marksOf(seen)).toEqual(['', ''])
    expect(stateOf(seen)).toBe('active')
    expect(seen.sides.written.get('node1')).toBeGreaterThan(written)
  })

  test('while the kernel copies goes on, and its progress is shown', async () => {
    const seen = await cluster()
    const then = contentThen(seen)
    seen.sides.mergeRounds = 4
    seen.disturb = ({ node: name, words: [tool] }) =>
      tool === 'lvconvert' && name === 'node2' ? 'fails afterwards' : undefined
    await given(seen)
      .run(ROLL_BACK)
      .fails(/out of order; c0 stays stopped/)
    seen.ran.length = 0
    let started: (number | undefined)[] = []
    seen.disturb = ({ words: [, verb], isOnCopy }) => {
      if (verb === '--patch' && !isOnCopy) started = [...seen.sides.written.values()]
      return undefined
    }
    const { stdout } = await given(seen).run(FINISH).succeeds()
    expect(linesOf(stdout).filter(line => line.includes('has to copy'))).toEqual([
      'node2 has to copy 16M back',
      'node2 has to copy 12M back',
      'node2 has to copy 8.0M back',
      'node2 has to copy 4.0M back',
    ])
    expect(started).toEqual([then, then])
    expect(seen.ran.filter(({ words: [tool] }) => tool === 'lvconvert')).toEqual([])
  })

  test('that LVM has put off until the next activation is activated again', async () => {
    const seen = await cluster()
    seen.sides.areMergesDelayed = true
    await given(seen).run(ROLL_BACK).succeeds()
    expect(volumesOf(seen)).toEqual([[SAFETY], [SAFETY]])
  })

  test('by Ctrl-C before the first side changes is undone', async () => {
    const seen = await cluster()
    const controller = new AbortController()
    seen.disturb = ({ words: [tool] }) => {
      if (tool === 'lvcreate') controller.abort(new Error('interrupted (SIGINT)'))
      return undefined
    }
    await given(seen)
      .run(ROLL_BACK, { interruption: controller.signal })
      .fails(/interrupted/)
    expect(volumesOf(seen)).toEqual([['c0.monday'], ['c0.monday']])
    expect(stateOf(seen)).toBe('active')
  })
})

describe('refused, with nothing changed, is a rollback', () => {
  test('to a snapshot that is not there, incomplete or full', async () => {
    const seen = await cluster()
    await given(seen)
      .run('storage --rollback c0 friday --yes')
      .isRefused(/c0 cannot be rolled back: it has no snapshot friday \(snapshots: monday\)/)
    await given(seen)
      .run(FINISH)
      .isRefused(/no rollback of it was broken off/)
    const snapshot = seen.sides.snapshots.get('node2')?.get('c0.monday')
    if (snapshot) snapshot.isLost = true
    await given(seen)
      .run(ROLL_BACK)
      .isRefused(/its snapshot monday is lost/)
    seen.sides.snapshots.get('node2')?.delete('c0.monday')
    await given(seen)
      .run(ROLL_BACK)
      .isRefused(/its snapshot monday is incomplete/)
    expect(toolsOf(seen)).toEqual([])
  })

  test('to a snapshot that something uses on a node, for which LVM would wait', async () => {
    const seen = await cluster()
    const snapshot = seen.sides.snapshots.get('node2')?.get('c0.monday')
    if (snapshot) snapshot.isOpen = true
    await given(seen)
      .run(ROLL_BACK)
      .isRefused(/its snapshot monday is in use on node2: unmount it there/)
    expect(toolsOf(seen)).toEqual([])
  })

  test('while a side does not answer, or has no room', async () => {
    const seen = await cluster()
    node(seen, 'node1').sizeBytes = 1229 * 2 ** 20
    await given(seen)
      .run(ROLL_BACK)
      .isRefused(/vhacs on node1 has \S+ free, and 416M are needed/)
    node(seen, 'node2').isUp = false
    await given(seen)
      .run(ROLL_BACK)
      .isRefused(/its sides cannot be queried: ssh root@node2/)
    expect(toolsOf(seen)).toEqual([])
  })
})

test('sides whose meta-data differ after the stop are started again, not rolled back', async () => {
  const seen = await cluster()
  seen.sides.generations.set('node2', '60AB8728579E7F2A')
  await given(seen)
    .run(ROLL_BACK)
    .fails(/DRBD's generations of the data differ: 3055c3942bcf3f94 on node1, 3055c3942bcf3f95 on node2/)
  expect(stateOf(seen)).toBe('active')
  expect(volumesOf(seen)).toEqual([['c0.monday'], ['c0.monday']])
})
