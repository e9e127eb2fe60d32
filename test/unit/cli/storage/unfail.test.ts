import { describe, expect, test } from 'vitest'
import { fencesOn } from '../../../../cli/clouds/fence-constraints.ts'
import type { Element } from '../../../../cloud/xml.ts'
import { type FakeCluster, fakeCluster, isReading, node } from '../../../fake/cluster/cluster.ts'
import { edited } from '../../cloud/cib.ts'
import { bare, c0 } from '../../cloud/examples.ts'
import { given } from '../call.ts'
import { fenced } from './fence.ts'

/** As /proc/drbd of DRBD 8.4.11 has it. */
const procDrbd = (state: string, oosKib = 0) =>
  `version: 8.4.11 (api:1/proto:86-101)\n 0: ${state} C r-----\n    ns:0 nr:0 dw:4 dr:0 al:0 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:${oosKib}\n`

function withSides(cluster: FakeCluster, first: string, second: string): FakeCluster {
  node(cluster, 'node1').system.put('/proc/drbd', first)
  node(cluster, 'node2').system.put('/proc/drbd', second)
  for (const name of ['node1', 'node2']) node(cluster, name).drbd.set('c0', 'Secondary')
  return cluster
}
const inSync = (cluster: FakeCluster) =>
  withSides(
    cluster,
    procDrbd('cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate'),
    procDrbd('cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate'),
  )
const apart = (cluster: FakeCluster) =>
  withSides(
    cluster,
    procDrbd('cs:StandAlone ro:Primary/Unknown ds:UpToDate/DUnknown', 2048),
    procDrbd('cs:StandAlone ro:Secondary/Unknown ds:UpToDate/DUnknown', 512),
  )
/** As DRBD's handler leaves it on at least one side. */
function marked(cluster: FakeCluster): FakeCluster {
  node(cluster, 'node1').system.put('/run/vhacs/split-brain-c0', '')
  return cluster
}
const split = (cluster: FakeCluster) => marked(apart(cluster))

const fencesIn = ({ cib }: FakeCluster) => fencesOn('c0', cib).map(({ goodNode }) => goodNode)
const drbdadm = ({ ran }: FakeCluster) =>
  ran
    .filter(({ words: [tool] }) => tool === 'drbdadm' || tool === 'timeout')
    .map(command => [`${command.node}:`, ...command.words.slice(1)].join(' '))

test('degraded entries are removed before any cleanup, which would restart the dependents of a promoted clone', async () => {
  const cluster = inSync(fakeCluster([c0]))
  await given(cluster).run('storage -u c0').succeeds()
  const lines = cluster.ran.map(({ words }) => words.join(' '))
  const removal = lines.findIndex(line => line.startsWith('cibadmin --delete-all --force --xpath '))
  expect(lines[removal]).toContain(
    "//lrm_resource[@id='c0-drbd']/lrm_rsc_op[@id='c0-drbd_last_failure_0'][@rc-code='190' or @rc-code='191']",
  )
  expect(removal).toBeLessThan(lines.findIndex(line => line.startsWith('crm_resource --cleanup')))
})

test('failures of the storage are cleared, those of others are not', async () => {
  const cluster = inSync(fakeCluster([c0, bare]))
  const failure = { node: 'node2', action: 'monitor', reason: 'no session' }
  cluster.failures = ['c0-session', 'c0-drbd', 'West-1-session'].map(resource => ({ ...failure, resource }))
  await given(cluster).run('storage -u c0').succeeds()
  expect(cluster.failures.map(({ resource }) => resource)).toEqual(['West-1-session'])
})

test('a fence constraint is removed when both sides have the same data', async () => {
  const cluster = fenced(inSync(fakeCluster([c0])))
  await given(cluster).run('storage -u c0').succeeds()
  expect(fencesIn(cluster)).toEqual([])
})

describe('a fence constraint is kept, and the reason is reported, when', () => {
  const primary = procDrbd('cs:SyncSource ro:Primary/Secondary ds:UpToDate/Inconsistent')
  test.each([
    [
      'they are in resync',
      primary,
      procDrbd('cs:SyncTarget ro:Secondary/Primary ds:Inconsistent/UpToDate'),
      'node2: SyncTarget, Inconsistent',
    ],
    [
      'one side is away',
      procDrbd('cs:WFConnection ro:Primary/Unknown ds:UpToDate/Outdated'),
      'version: 8.4.11\n',
      'node2: DRBD is down',
    ],
  ])('%s', async (_, first, second, words) => {
    const cluster = fenced(withSides(fakeCluster([c0]), first, second))
    const { stdout } = await given(cluster).run('storage -u c0').fails()
    expect(stdout.at(-1)).toContain(
      'drbd-fence-by-handler-c0-c0-drbd-clone stays: only node1 is known to have all data',
    )
    expect(stdout.at(-1)).toContain(words)
    expect(fencesIn(cluster)).toEqual(['node1'])
  })

  test('one node is unreachable', async () => {
    const cluster = fenced(inSync(fakeCluster([c0])))
    node(cluster, 'node2').isUp = false
    const { stdout } = await given(cluster).run('storage -u c0').fails()
    expect(stdout.at(-1)).toMatch(/node2: ssh root@node2 exited with 255/)
    expect(fencesIn(cluster)).toEqual(['node1'])
  })
})

describe('while a side loses the other one and continues alone', () => {
  /** node1 has lost node2, and its handler has placed a constraint. */
  const lose = (cluster: FakeCluster) => {
    const alone = procDrbd('cs:WFConnection ro:Primary/Unknown ds:UpToDate/Outdated')
    withSides(cluster, alone, procDrbd('cs:WFConnection ro:Secondary/Unknown ds:UpToDate/DUnknown'))
    cluster.cib = edited(cluster.cib, found => (found.name === 'rsc_location' && isFence(found) ? [] : undefined))
    fenced(cluster, 'of-another-call')
  }
  const isFence = ({ attributes: { id = '' } }: Element) => id.startsWith('drbd-fence-by-handler-')
  const isLook = (words: readonly string[]) => words.includes('/proc/drbd')
  const isQuery = (words: readonly string[]) => words.join(' ') === 'cibadmin --query'

  test.each<[string, boolean, (words: readonly string[], seen: number) => boolean]>([
    ['after DRBD was looked at first', false, (words, looks) => isQuery(words) && looks > 0],
    ['in place of one that was left behind', true, (words, looks) => isQuery(words) && looks > 0],
    ['before the constraint is removed', true, words => words[1] === '--delete'],
  ])('its constraint is kept: %s', async (_, isLeft, isMoment) => {
    const cluster = inSync(fakeCluster([c0]))
    if (isLeft) fenced(cluster)
    let looks = 0
    let isLost = false
    cluster.disturb = ({ words }) => {
      if (!isLost && !words.some(word => word.includes('vhacs-lock')) && isMoment(words, looks)) {
        isLost = true
        lose(cluster)
      }
      if (isLook(words)) looks += 1
      return undefined
    }
    const { stdout } = await given(cluster).run('storage -u c0').fails()
    expect(isLost).toBe(true)
    expect(fencesIn(cluster)).toEqual(['node1'])
    expect(stdout.at(-1)).toMatch(/ stays: only node1 is known to have all data of c0 \(node1: WFConnection, UpToDate/)
  })
})

describe('a split brain', () => {
  test('is reported and not resolved without --discard', async () => {
    const cluster = split(fakeCluster([c0]))
    const { stdout } = await given(cluster).run('storage -u c0').fails()
    expect(stdout.at(-1)).toMatch(
      /c0 has a split brain, node1 \(StandAlone\) and node2 \(StandAlone\): choose the node whose/,
    )
    expect(drbdadm(cluster)).toEqual([])
  })

  test('is resolved with --discard: the loser receives the data of the other side', async () => {
    const cluster = split(fakeCluster([c0]))
    const { stdout } = await given(cluster).run('storage -u c0 --discard node2 --yes')
    expect(stdout[0]).toMatch(
      /node2 has changed 512K of c0 since the two sides lost each other, node1 2\.0M; the changes of node2 will be lost$/,
    )
    // DRBD 8.4 fails to disconnect what has no connection
    expect(drbdadm(cluster)).toEqual([
      'node2: connect --discard-my-data c0',
      'node1: connect c0',
      'node2: 60 drbdadm wait-connect c0',
    ])
  })

  test('in which one side is still waiting is resolved without touching that side', async () => {
    const cluster = marked(
      withSides(
        fakeCluster([c0]),
        procDrbd('cs:WFConnection ro:Primary/Unknown ds:UpToDate/DUnknown', 2048),
        procDrbd('cs:StandAlone ro:Secondary/Unknown ds:UpToDate/DUnknown', 512),
      ),
    )
    await given(cluster).run('storage -u c0 --discard node2 --yes')
    expect(drbdadm(cluster)).toEqual(['node2: connect --discard-my-data c0', 'node2: 60 drbdadm wait-connect c0'])
  })

  test('in which the loser is still waiting is resolved by a new connection of the loser', async () => {
    const cluster = withSides(
      fakeCluster([c0]),
      procDrbd('cs:StandAlone ro:Secondary/Unknown ds:UpToDate/DUnknown', 2048),
      procDrbd('cs:WFConnection ro:Secondary/Unknown ds:UpToDate/DUnknown', 512),
    )
    node(cluster, 'node1').system.put('/run/vhacs/split-brain-c0', '')
    await given(cluster).run('storage -u c0 --discard node2 --yes')
    expect(drbdadm(cluster)).toEqual([
      'node2: disconnect c0',
      'node2: connect --discard-my-data c0',
      'node1: connect c0',
      'node2: 60 drbdadm wait-connect c0',
    ])
  })

  test('is shown, but not resolved, without --yes if nobody can be asked', async () => {
    const cluster = split(fakeCluster([c0]))
    const { stdout, stderr } = await given(cluster).run('storage -u c0 --discard node2').isRefused()
    expect(stdout[0]).toMatch(/the changes of node2 will be lost$/)
    expect(stderr[0]).toMatch(/pass --yes to proceed/)
    expect(drbdadm(cluster)).toEqual([])
  })

  test.each([
    ['yes', 0],
    ['no', 2],
    ['', 2],
    ['y', 2],
  ])('is resolved or not after the answer %j (%i)', async (answer, outcome) => {
    const cluster = split(fakeCluster([c0]))
    const questions: string[] = []
    const ask = async (question: string) => {
      questions.push(question)
      // as if the resync were over at once
      if (answer === 'yes') inSync(cluster)
      return answer
    }
    const { status } = await given(cluster).run('storage -u c0 --discard node2', { ask })
    expect(status).toBe(outcome)
    expect(questions).toEqual([expect.stringMatching(/^Discard what only node2 has written to c0\?/)])
    expect(drbdadm(cluster).length > 0).toBe(outcome === 0)
  })

  test.each([
    [
      'node1',
      /c0 is promoted on node1, and its data there are in use: discard node2 instead, or stop what uses them first: "crm_resource --resource c0-mount /,
    ],
    ['node3', /node3 does not hold data of c0: only node1 and node2 do/],
  ])('is not resolved by discarding %s', async (loser, words) => {
    const cluster = split(fakeCluster([c0]))
    await given(cluster).run(`storage -u c0 --discard ${loser} --yes`).isRefused(words)
    expect(cluster.ran.filter(command => !isReading(command))).toEqual([])
  })

  test('that does not exist is not resolved', async () => {
    const cluster = inSync(fakeCluster([c0]))
    await given(cluster)
      .run('storage -u c0 --discard node2 --yes')
      .isRefused(/c0 does not have a split brain/)
    expect(cluster.ran.filter(command => !isReading(command))).toEqual([])
  })

  test('of one of several is not resolved if another has none', async () => {
    const cluster = split(fakeCluster([c0, { ...bare, storageNodes: ['node1', 'node2'] }]))
    await given(cluster)
      .run('storage -u c0,West-1 --discard node2 --yes')
      .isRefused(/West-1 does not have a split brain/)
    expect(cluster.ran.filter(command => !isReading(command))).toEqual([])
  })
})

describe('disconnected sides without a split brain', () => {
  const connecting = (cluster: FakeCluster, then: (cluster: FakeCluster) => void) => {
    cluster.disturb = ({ node: where, words: [tool, verb] }) => {
      if (tool === 'drbdadm' && verb === 'connect' && where === 'node2') then(cluster)
      return undefined
    }
    return cluster
  }

  test('are connected', async () => {
    const cluster = connecting(apart(fakeCluster([c0])), inSync)
    const { stdout } = await given(cluster).run('storage -u c0').succeeds()
    expect(drbdadm(cluster)).toEqual(['node1: connect c0', 'node2: connect c0'])
    expect(stdout.join()).not.toMatch(/split brain/i)
  })

  test('are not connected in a dry run', async () => {
    const cluster = apart(fakeCluster([c0]))
    const { stdout } = await given(cluster).run('storage -u c0 --dry-run').succeeds()
    expect(stdout).toContain('node2: drbdadm connect c0')
    expect(drbdadm(cluster)).toEqual([])
  })

  test('in which DRBD then detects a split brain wait for an operator', async () => {
    const { stdout } = await given(connecting(apart(fakeCluster([c0])), marked))
      .run('storage -u c0')
      .fails()
    expect(stdout.at(-1)).toMatch(/c0 has a split brain, .*: choose the node whose/)
  })

  test('that stay disconnected are reported with the possible reason', async () => {
    await given(apart(fakeCluster([c0])))
      .run('storage -u c0')
      .fails(
        /^vhacs: waiting for .* c0 to connect: they do not connect: .*"Authentication of peer failed", run "vhacs storage --setsecret c0".* --discard NODE"$/,
      )
  })
})

test('one storage that cannot be cleared does not prevent clearing the next', async () => {
  const cluster = inSync(fakeCluster([c0, bare]))
  cluster.failures = ['c0', 'West-1'].map(name => {
    return { resource: `${name}-session`, node: 'node2', action: 'monitor', reason: 'no session' }
  })
  cluster.disturb = ({ words }) => (words.includes('--cleanup') && words.includes('c0-lvm-clone') ? 'fails' : undefined)
  await given(cluster)
    .run('storage -u c0,West-1')
    .fails(/^vhacs: 1 of 2 failed: c0: /)
  expect(cluster.failures.map(({ resource }) => resource)).toEqual(['c0-session'])
})
