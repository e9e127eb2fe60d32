import { describe, expect, test } from 'vitest'
import type { Interruption } from '../../../../cloud/history/interruption.ts'
import { interruptionsIn } from '../../../../cloud/history/interruptions.ts'
import type { Action, Fact, LogEvent, Reason } from '../../../../cloud/history/log-event.ts'
import { oneAccount } from '../../../../cloud/history/one-account.ts'
import { parseSessionLog } from '../../../../cloud/history/session-log.ts'
import { eventsIn, eventsOf, recorded, takeover } from './recorded.ts'

const c0 = { name: 'c0', iqn: 'iqn.2026-01.org.vhacs:lab:c0', storageNodes: ['node1', 'node2'] } as const

/** An event in words: seconds, the node whose log it is, what happened. */
function eventOf(line: string): LogEvent {
  const [seconds, log = '', kind = '', ...words] = line.split(' ')
  return { at: Number(seconds) * 1000, log, fact: factOf(kind, words) }
}

function factOf(kind: string, [first = '', second = '', third = '', ...rest]: readonly string[]): Fact {
  const action = { action: first as Action, resource: `c0-${second}`, node: third }
  if (kind === 'begun') return { kind, ...action }
  if (kind === 'done' || kind === 'own')
    return { kind: 'done', ...action, call: '7', isOk: rest[0] !== 'failed', isOfCoordinator: kind === 'done' }
  if (kind === 'found') return { kind, resource: `c0-${first}`, node: second, isPromoted: first === 'drbd' }
  if (kind === 'monitorFailed') return { kind, resource: `c0-${first}`, node: second }
  if (kind === 'cause') return { kind, reason: first as Reason, ...(second !== '' && { cloud: second }) }
  if (kind === 'lastAnswer' || kind === 'connectionLost' || kind === 'sessionBack')
    return { kind, iqn: c0.iqn, node: first }
  return { kind, node: first, ...(second !== '' && { by: second }) } as Fact
}

function interruptions(text: string): readonly Interruption[] {
  const lines = text.split('\n').map(line => line.trim())
  return interruptionsIn(oneAccount([lines.filter(line => line !== '').map(eventOf)]), [c0])
}

/** One line for each moment, as in the events, without seconds. */
function story({ moments }: Interruption): string[] {
  return moments.map(({ what, part, node, by }) => [what, part, node, by].filter(Boolean).join(' '))
}

/** All is up: the export on node1, the mount on node3. */
const RUNNING = `
  0 node2 done promote drbd node1
  1 node2 done start target node1
  2 node2 done start address node1
  3 node2 done start session node3
  4 node2 done start filesystem node3`

const EXPORT_ON_NODE2 = `
  130 node2 done promote drbd node2
  131 node2 done start target node2
  132 node2 done start address node2`

describe('a failover', () => {
  const lost = `${RUNNING}
    100 node2 lost node1
    101 node2 fencingRequested node1
    120 node2 fenced node1 node2
    ${EXPORT_ON_NODE2}`

  test('is told from the loss of the node to the last part that is up', () => {
    const [found, ...others] = interruptions(lost)
    expect(others).toEqual([])
    expect(found).toMatchObject({
      cloud: 'c0',
      kind: 'failover',
      isComplete: true,
      export: { from: 'node1', to: 'node2' },
      mount: undefined,
    })
    expect(found && story(found)).toEqual([
      'nodeLost node1',
      'fencingRequested node1',
      'fenced node1 node2',
      'promoted node2',
      'targetUp node2',
      'addressUp node2',
    ])
  })

  test('ends for the initiator when its session is back', () => {
    const [found] = interruptions(`
      ${lost}
      96 node3 lastAnswer node3
      111 node3 connectionLost node3
      112 node3 connectionLost node3
      135 node3 sessionBack node3`)
    expect(found && story(found)).toEqual([
      'lastAnswer node3',
      'nodeLost node1',
      'fencingRequested node1',
      'connectionLost node3',
      'fenced node1 node2',
      'promoted node2',
      'targetUp node2',
      'addressUp node2',
      'sessionBack node3',
    ])
  })

  test('a session that is back long afterwards is another matter', () => {
    const [found] = interruptions(`${lost}\n 2000 node3 sessionBack node3`)
    expect(found && story(found)).not.toContain('sessionBack node3')
  })

  test('of a node of which the logs do not say that it had the export, if it had to be started elsewhere', () => {
    const [found] = interruptions(`100 node2 lost node1\n 120 node2 fenced node1 node2 ${EXPORT_ON_NODE2}`)
    expect(found).toMatchObject({ kind: 'failover', isComplete: true, export: { from: 'node1', to: 'node2' } })
  })

  test('is none if nothing had to be started elsewhere', () => {
    expect(interruptions('100 node2 lost node1\n 120 node2 fenced node1 node2\n 200 node2 member node1')).toEqual([])
    expect(interruptions('100 node2 lost node1')).toEqual([])
    expect(interruptions(`${RUNNING}\n 100 node1 lost node2\n 120 node1 fenced node2 node1`)).toEqual([])
  })

  test('is none if all is moved long afterwards', () => {
    const [found, ...others] = interruptions(`
      100 node2 lost node1
      5000 node2 begun stop address node2
      5001 node2 done stop address node2
      5002 node2 done start address node2`)
    expect(others).toEqual([])
    expect(found && story(found)).toEqual(['stopping address node2', 'addressDown node2', 'addressUp node2'])
  })

  test('of the mount alone', () => {
    const [found] = interruptions(`${RUNNING}
      100 node2 lost node3
      120 node2 fenced node3 node2
      125 node2 done start session node2
      126 node2 done start filesystem node2`)
    expect(found).toMatchObject({ kind: 'failover', export: undefined, mount: { from: 'node3', to: 'node2' } })
  })

  test('because a stop failed begins with the stop', () => {
    const [found] = interruptions(`${RUNNING}
      100 node2 begun stop address node1
      120 node2 done stop address node1 failed
      121 node2 fencingRequested node1
      125 node2 fenced node1 node2
      ${EXPORT_ON_NODE2}`)
    expect(found).toMatchObject({ kind: 'failover', export: { from: 'node1', to: 'node2' } })
    expect(found && story(found).slice(0, 3)).toEqual([
      'stopping address node1',
      'stopFailed address node1',
      'fencingRequested node1',
    ])
  })

  test('that has not ended is told as far as it went', () => {
    const [found] = interruptions(`${RUNNING}
      100 node2 lost node1
      120 node2 fencingFailed node1 node2
      130 node2 done promote drbd node2
      131 node2 done start target node2 failed`)
    expect(found).toMatchObject({ kind: 'failover', isComplete: false, export: { from: 'node1', to: undefined } })
    expect(found && story(found).at(-1)).toBe('startFailed target node2')
  })

  test('after a move to the node that is lost, whose log cannot be read, is another interruption', () => {
    const move = `${RUNNING}
      100 node1 own stop address node1
      101 node1 own stop target node1
      102 node1 own demote drbd node1
      105 node3 connectionLost node3
      112 node3 sessionBack node3`
    const [moved, failed, ...others] = interruptions(`${move}
      700 node3 lastAnswer node3
      705 node1 lost node2
      720 node1 fenced node2 node1
      730 node1 done promote drbd node1
      731 node1 done start target node1
      732 node1 done start address node1`)
    expect(others).toEqual([])
    expect(moved).toMatchObject({ kind: 'move', isComplete: true, export: { from: 'node1', to: undefined } })
    expect(moved && story(moved).at(-1)).toBe('sessionBack node3')
    expect(failed).toMatchObject({ kind: 'failover', isComplete: true, export: { from: 'node2', to: 'node1' } })
    expect(failed && story(failed).slice(0, 2)).toEqual(['lastAnswer node3', 'nodeLost node2'])
    expect(interruptions(move)).toEqual([moved])
  })

  test('each of several is told', () => {
    const found = interruptions(`${lost}
      500 node2 member node1
      900 node1 lost node2
      920 node1 fenced node2 node1
      930 node1 done promote drbd node1
      931 node1 done start target node1
      932 node1 done start address node1`)
    expect(found.map(({ kind, export: exported }) => [kind, exported?.to])).toEqual([
      ['failover', 'node2'],
      ['failover', 'node1'],
    ])
  })
})

describe('a move', () => {
  const move = `
    100 node2 begun stop address node1
    105 node2 done stop address node1
    106 node2 begun stop target node1
    107 node2 done stop target node1
    110 node2 done demote drbd node1
    ${EXPORT_ON_NODE2}`

  test('begins with the first stop, and has its reason', () => {
    const [found] = interruptions(`${RUNNING}\n 99 node2 cause standby ${move}`)
    expect(found).toMatchObject({ kind: 'move', reason: 'standby', export: { from: 'node1', to: 'node2' } })
    expect(found && story(found)).toEqual([
      'stopping address node1',
      'addressDown node1',
      'targetDown node1',
      'demoted node1',
      'promoted node2',
      'targetUp node2',
      'addressUp node2',
    ])
  })

  test.each(['c0', 'c1'])('a rehearsal of %s', cloud => {
    const [found] = interruptions(`${RUNNING}\n 99 node2 cause rehearsal ${cloud} ${move}`)
    expect(found?.reason).toBe(cloud === 'c0' ? 'rehearsal' : undefined)
  })

  test('a reason of long before is not its own', () => {
    const [found] = interruptions(`${RUNNING}\n 5 node2 cause rehearsal ${move.replaceAll(' 1', ' 91')}`)
    expect(found).toMatchObject({ kind: 'move', reason: undefined })
  })

  test('without the log of the coordinator, what the nodes say of themselves is told', () => {
    const own = move
      .split('\n')
      .filter(line => !line.includes('begun'))
      .join('\n')
      .replaceAll('done', 'own')
    const [found] = interruptions(`${RUNNING} ${own}`)
    expect(found).toMatchObject({ kind: 'move', isComplete: true, export: { from: 'node1', to: 'node2' } })
    expect(found?.moments).toHaveLength(6)
  })
})

test('a restart on the same node, after its monitor failed', () => {
  const [found] = interruptions(`${RUNNING}
    90 node2 monitorFailed target node1
    100 node2 begun stop target node1
    105 node2 done stop target node1
    110 node2 done start target node1`)
  expect(found).toMatchObject({ kind: 'restart', export: { from: 'node1', to: 'node1' } })
  expect(found && story(found)).toEqual([
    'monitorFailed target node1',
    'stopping target node1',
    'targetDown node1',
    'targetUp node1',
  ])
})

test('of a move whose stops are missing in the log, as on a full disk, what is there is told', () => {
  const found = interruptions(`${RUNNING}
    101 node2 done stop session node3
    110 node2 done start session node2
    120 node2 done start filesystem node2
    ${EXPORT_ON_NODE2}`)
  expect(found.map(({ kind, mount, export: exported }) => ({ kind, mount, exported }))).toEqual([
    { kind: 'move', mount: { from: 'node3', to: 'node2' }, exported: undefined },
    { kind: 'move', mount: undefined, exported: { from: 'node1', to: 'node2' } },
  ])
  expect(found.map(story)).toEqual([
    ['loggedOut node3', 'loggedIn node2', 'mounted node2'],
    ['promoted node2', 'targetUp node2', 'addressUp node2'],
  ])
})

test('Pacemaker alone was restarted on a node, and found everything running', () => {
  const found = interruptions(`${RUNNING}
    100 node2 lost node1
    110 node2 member node1
    120 node2 found drbd node1
    121 node2 found target node1
    122 node2 found address node1
    300 node2 begun stop address node1
    301 node2 done stop address node1
    302 node2 done start address node1`)
  expect(found.map(({ kind }) => kind)).toEqual(['restart'])
  expect(found[0]?.moments).toHaveLength(3)
})

test('a storage that was stopped as a whole was not moved', () => {
  const found = interruptions(`${RUNNING}
    100 node2 begun stop filesystem node3
    101 node2 done stop filesystem node3
    102 node2 done stop session node3
    103 node2 done stop address node1
    104 node2 done stop target node1
    105 node2 done demote drbd node1
    106 node2 done stop drbd node1
    107 node2 done stop drbd node2
    ${EXPORT_ON_NODE2}
    140 node2 done start session node3
    141 node2 done start filesystem node3`)
  expect(found).toEqual([])
})

describe('several logs', () => {
  const of = (...lines: string[]) => lines.map(eventOf)

  test('tell of a lost node once, by the clock of the node that coordinated then', () => {
    const found = oneAccount([
      of('100 node3 lost node1', '120 node3 fenced node1 node2'),
      of('103 node2 lost node1', '122 node2 fenced node1 node2', '130 node2 done promote drbd node2'),
    ])
    expect(found.map(({ at, log }) => [at, log])).toEqual([
      [103_000, 'node2'],
      [122_000, 'node2'],
      [130_000, 'node2'],
    ])
  })

  test('tell of an action once, by the clock of the coordinator', () => {
    const found = oneAccount([of('101 node1 own stop address node1'), of('105 node2 done stop address node1')])
    expect(found.map(({ log }) => log)).toEqual(['node2'])
  })

  test('a node that was cut off and fenced does not make others lost', () => {
    const found = oneAccount([
      of('100 node1 lost node2', '101 node1 fencingRequested node2'),
      of('100 node2 lost node1', '115 node2 fenced node1 node2'),
    ])
    expect(found.map(({ fact }) => fact)).toEqual([
      { kind: 'lost', node: 'node1' },
      { kind: 'fenced', node: 'node1', by: 'node2' },
    ])
  })
})

test('recorded moves of Pacemaker 2.1.5', () => {
  const logs = ['node1', 'node2'].map(node => eventsOf('2.1.5 moves', node))
  const found = interruptionsIn(oneAccount(logs), [takeover])
  expect(found.map(({ kind, reason, export: exported, mount }) => ({ kind, reason, exported, mount }))).toEqual([
    {
      kind: 'move',
      reason: 'standby',
      exported: { from: 'node1', to: 'node1' },
      mount: { from: 'node2', to: 'node1' },
    },
    {
      kind: 'move',
      reason: undefined,
      exported: { from: 'node1', to: 'node2' },
      mount: { from: 'node1', to: 'node2' },
    },
    { kind: 'restart', reason: undefined, exported: { from: 'node2', to: 'node2' }, mount: undefined },
    {
      kind: 'move',
      reason: 'standby',
      exported: { from: 'node2', to: 'node1' },
      mount: { from: 'node2', to: 'node1' },
    },
  ])
  expect(found.map(story)).toMatchSnapshot()
})

test('a recorded move while the disk of the log was full, which lacks the stop of the mount', () => {
  const events = eventsIn(recorded('pacemaker-2.1.5-full-disk-node2.txt'), 'node2')
  const [found, ...others] = interruptionsIn(oneAccount([events]), [takeover])
  expect(others).toEqual([])
  expect(found).toMatchObject({ kind: 'move', isComplete: true, mount: { from: 'node2', to: 'node1' } })
  expect(found && story(found)).toEqual(['loggedOut node2', 'loggedIn node1', 'mounted node1'])
})

test('a recorded fencing of Pacemaker 3.0.0, which is told once, by the log of the coordinator', () => {
  const logs = ['node1', 'node3'].map(node => eventsIn(recorded(`pacemaker-3.0.0-fencing-${node}.txt`), node))
  const events = oneAccount(logs).filter(({ fact }) => fact.kind !== 'member')
  expect(events.map(({ log, fact }) => ({ log, ...fact }))).toMatchSnapshot()
})

test('recorded moves of Pacemaker 3.0.0, where results were logged twice', () => {
  const network = { ...takeover, name: 'network', iqn: takeover.iqn.replace('takeover', 'network') }
  const events = eventsIn(recorded('pacemaker-3.0.0-network-node1.txt'), 'node1')
  const sessions = parseSessionLog(recorded('journal-network-node3.txt'), { node: 'node3', sessions: new Map() })
  const found = interruptionsIn(oneAccount([events, sessions]), [network])
  expect(found.map(({ kind, export: exported, mount }) => ({ kind, exported, mount }))).toMatchSnapshot()
  expect(found.map(story)).toMatchSnapshot()
})

test('what other storages did is not told', () => {
  const events = eventsIn(recorded('pacemaker-2.1.5-moves-node2.txt'), 'node2')
  expect(interruptionsIn(oneAccount([events]), [c0])).toEqual([])
})

describe('a vserver on it', () => {
  /** What happened to web0 and its storage. */
  function ofBoth(text: string): readonly Interruption[] {
    const lines = text.split('\n').map(line => line.trim())
    const events = lines
      .filter(line => line !== '')
      .map(eventOf)
      .map(({ fact, ...when }) => ({
        ...when,
        fact: 'resource' in fact && fact.resource === 'c0-container' ? { ...fact, resource: 'web0-container' } : fact,
      }))
    return interruptionsIn(oneAccount([events]), [c0, { ...c0, vserver: 'web0' }])
  }
  const UP = `${RUNNING}\n 5 node2 done start container node3`

  test('is not concerned by a failover of the export', () => {
    const found = ofBoth(`${UP}
      100 node2 lost node1
      120 node2 fenced node1 node2
      ${EXPORT_ON_NODE2}`)
    expect(found.map(({ vserver }) => vserver)).toEqual([undefined])
  })

  test('is started elsewhere when its node is lost, later than the mount', () => {
    const found = ofBoth(`${UP}
      100 node2 lost node3
      120 node2 fenced node3 node2
      125 node2 done start session node2
      126 node2 done start filesystem node2
      150 node2 done start container node2`)
    expect(found).toMatchObject([
      {
        cloud: 'c0',
        vserver: undefined,
        kind: 'failover',
        container: undefined,
        mount: { from: 'node3', to: 'node2' },
      },
      { cloud: 'c0', vserver: 'web0', kind: 'failover', mount: undefined, container: { from: 'node3', to: 'node2' } },
    ])
    expect(found[1] && story(found[1])).toEqual(['nodeLost node3', 'fenced node3 node2', 'containerUp node2'])
  })

  test.each([
    ['moves', 'move', 'node2', true],
    ['restarts', 'restart', 'node3', true],
  ])('%s', (_, kind, to, isComplete) => {
    const [found, ...others] = ofBoth(`${UP}
      100 node2 begun stop container node3
      104 node2 done stop container node3
      109 node2 done start container ${to}`)
    expect(others).toEqual([])
    expect(found).toMatchObject({ vserver: 'web0', kind, isComplete, container: { from: 'node3', to } })
    expect(found && story(found)).toEqual(['stopping container node3', 'containerDown node3', `containerUp ${to}`])
  })

  test('is stopped for good', () => {
    const [found] = ofBoth(`${UP}
      100 node2 begun stop container node3
      104 node2 done stop container node3`)
    expect(found).toMatchObject({ vserver: 'web0', kind: 'stop', container: { from: 'node3', to: undefined } })
  })

  test('was stopped, and is started much later, which is no interruption of hours', () => {
    const found = ofBoth(`${UP}
      100 node2 begun stop container node3
      104 node2 done stop container node3
      9000 node2 done start container node3
      9100 node2 begun stop container node3
      9104 node2 done stop container node3
      9109 node2 done start container node3`)
    expect(found).toMatchObject([{ kind: 'stop' }, { kind: 'restart', isComplete: true }])
  })

  test('fails, and is started again', () => {
    const [found] = ofBoth(`${UP}
      100 node2 monitorFailed container node3
      101 node2 begun stop container node3
      102 node2 done stop container node3
      103 node2 done start container node3 failed
      110 node2 done start container node3`)
    expect(found && story(found)).toEqual([
      'monitorFailed container node3',
      'stopping container node3',
      'containerDown node3',
      'startFailed container node3',
      'containerUp node3',
    ])
  })
})
