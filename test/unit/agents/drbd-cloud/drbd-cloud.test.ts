import { describe, expect, test } from 'vitest'
import { exit } from '../../../../ocf/exit.ts'
import { recurring } from '../../../fake/call.ts'
import { ALONE, type FakeMinor, type FakePeer } from '../../../fake/drbd/drbd.ts'
import {
  demote,
  monitor,
  notify,
  probe,
  promote,
  reportedScores,
  start,
  started,
  stop,
  stopped,
  validate,
} from '../../../fake/nodes/drbd-cloud.ts'
import { modules } from '../../../fake/proc/modules.ts'
import type { FakeSystem, FakeTool } from '../../../fake/system.ts'
import { file, link } from '../../../fake/tree.ts'

describe.each(['8.4.11', '9.1.13'])('monitor, with DRBD %s', version => {
  test.each<[string, Partial<FakeMinor>, number, RegExp]>([
    ['without its peer', ALONE, exit.degraded, /^no connection to the peer.* \((WFConnection|Connecting)\)$/],
    [
      'as the target of a resync',
      { connection: 'SyncTarget', disk: 'Inconsistent', percentDone: 12.5 },
      exit.degraded,
      /^the local disk is Inconsistent; the peer serves the data; SyncTarget, 12\.5 % done$/,
    ],
    [
      'as the source of a resync',
      { connection: 'SyncSource', role: 'Primary', peerDisk: 'Inconsistent', percentDone: 98.1 },
      exit.degradedPromoted,
      /^the peer.*'s disk is Inconsistent \(SyncSource, 98\.1 % done\)$/,
    ],
    ['promoted without its peer', { ...ALONE, role: 'Primary' }, exit.degradedPromoted, /^no connection to the peer/],
    [
      'promoted without its disk, served by the peer',
      { role: 'Primary', disk: 'Diskless' },
      exit.degradedPromoted,
      /^the local disk is Diskless: repair it, then run "drbdadm adjust c0"; the peer serves the data$/,
    ],
    [
      'promoted, with I/O suspended until the peer is fenced',
      { ...ALONE, role: 'Primary', isSuspended: true },
      exit.degradedPromoted,
      /^I\/O is suspended: the peer is unreachable and not known to be fenced yet; no connection to the peer/,
    ],
    ['with neither disk nor peer', { ...ALONE, disk: 'Diskless' }, exit.genericError, /neither its disk nor its peer/],
  ])('%s: %j answers %i with a reason', async (_, minor, code, reason) => {
    const { system } = await started(minor, version)
    const result = await monitor(system)
    expect(result.code).toBe(code)
    expect(result.reasons).toEqual([expect.stringMatching(reason)])
  })

  test('of a side that has dropped its peer reports how to reconnect', async () => {
    const { system } = await started({ ...ALONE, connection: 'StandAlone', role: 'Primary' }, version)
    const { code, reasons } = await monitor(system)
    expect(code).toBe(exit.degradedPromoted)
    expect(reasons).toEqual([
      expect.stringMatching(
        /^DRBD has dropped the peer.* \(StandAlone\): run "drbdadm connect c0" after a look at the kernel log; .*, on an operator's command, or .*"drbdadm connect --discard-my-data c0" there, .* and "drbdadm connect c0" on the other node$/,
      ),
    ])
    expect(system.commands.flat()).not.toContain('connect')
  })

  test("recognises a split brain by the handler's marker, until the sides are connected again", async () => {
    const { system, kernel } = await started({ ...ALONE, connection: 'StandAlone' }, version)
    system.put('/run/vhacs/split-brain-c0', '')
    const split = await monitor(system)
    kernel.minors.set(0, { ...kernel.fresh })
    await monitor(system)
    kernel.minors.set(0, { ...kernel.fresh, ...ALONE, connection: 'StandAlone' })
    const dropped = await monitor(system)
    expect(split.reasons).toEqual([expect.stringMatching(/^split brain .*Both sides of c0 were written to/)])
    expect(dropped.reasons).toEqual([expect.stringMatching(/^DRBD has dropped the peer/)])
  })

  test('of an unpromoted side of a split brain deletes its promotion score until the sides are connected', async () => {
    const { system, kernel } = await started({ ...ALONE, connection: 'StandAlone' }, version)
    system.put('/run/vhacs/split-brain-c0', '')
    const { reasons } = await monitor(system)
    kernel.minors.set(0, { ...kernel.fresh, ...ALONE })
    const waiting = await monitor(system)
    kernel.minors.set(0, { ...kernel.fresh })
    await monitor(system)
    expect(reportedScores(system)).toEqual(['--delete', '--update 10000'])
    expect(reasons).toEqual([
      expect.stringMatching(
        /an unpromoted side is not promoted; .*run "rm \/run\/vhacs\/split-brain-c0" to allow the promotion of this one/,
      ),
    ])
    expect(waiting.reasons).toEqual([expect.stringMatching(/^split brain \((WFConnection|Connecting)\): /)])
  })

  test('of the promoted side of a split brain keeps its promotion score', async () => {
    const { system } = await started({ ...ALONE, connection: 'StandAlone', role: 'Primary' }, version)
    system.put('/run/vhacs/split-brain-c0', '')
    await monitor(system)
    expect(reportedScores(system)).toEqual([])
  })

  test('of data that are only Consistent reports the commands for the case that the peer is lost', async () => {
    const { system } = await started({ ...ALONE, disk: 'Consistent' }, version)
    expect((await monitor(system)).reasons).toEqual([
      expect.stringMatching(
        /^the local disk is Consistent: .*lost .*"drbdadm primary --force c0" here, then "drbdadm secondary c0"/,
      ),
    ])
  })

  describe("of a fully synced resource with the constraint of DRBD's handler", () => {
    const inSyncAndFenced = async (role: string) => {
      const made = await started({ role }, version)
      made.system.put('/var/lib/pacemaker/cib/cib.xml', fencedTo('node2'))
      return made
    }

    test.each([
      ['Secondary', exit.degraded],
      ['Primary', exit.degradedPromoted],
    ])('as %s, reports the constraint as left behind (%i) after a minute', async (role, code) => {
      const { system } = await inSyncAndFenced(role)
      const first = await monitor(system)
      await system.sleep(59_000)
      const patient = await monitor(system)
      await system.sleep(1000)
      const { code: last, reasons } = await monitor(system)
      expect([first.reasons, patient.reasons]).toEqual([[], []])
      expect(last).toBe(code)
      expect(reasons).toEqual([
        expect.stringMatching(
          /left behind: run "vhacs storage --unfail c0" or "crm configure delete drbd-fence-by-handler-c0-c0-drbd-clone"; .*on node2 only$/,
        ),
      ])
      expect(system.commands.filter(([tool]) => tool !== 'drbdsetup' && tool !== 'crm_attribute')).toEqual([])
    })

    test('fails neither monitor nor stop when its note cannot be read', async () => {
      const { system } = await inSyncAndFenced('Secondary')
      await system.makeDirectory('/run/vhacs/fence-c0', { parents: true })
      expect((await monitor(system)).code).toBe(exit.success)
      expect((await stop(system)).code).toBe(exit.success)
    })

    test('is not degraded after its removal, and waits another minute for a new one', async () => {
      const { system } = await inSyncAndFenced('Secondary')
      await monitor(system)
      await system.sleep(60_000)
      system.put('/var/lib/pacemaker/cib/cib.xml', '<cib/>')
      const gone = await monitor(system)
      system.put('/var/lib/pacemaker/cib/cib.xml', fencedTo('node2'))
      expect([gone.code, (await monitor(system)).code]).toEqual([exit.success, exit.success])
    })

    test('counts the minute from the end of a resync', async () => {
      const { system, kernel } = await inSyncAndFenced('Secondary')
      await monitor(system)
      kernel.minors.set(0, { ...kernel.fresh, connection: 'SyncTarget', disk: 'Inconsistent' })
      await system.sleep(60_000)
      await monitor(system)
      kernel.minors.set(0, { ...kernel.fresh })
      expect((await monitor(system)).code).toBe(exit.success)
    })
  })

  test('names the address when another program listens on it', async () => {
    const { system } = await started({ ...ALONE, connection: 'StandAlone' }, version)
    // 192.0.2.1:7789, listening
    const line = '0: 010200C0:1E6D 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 4711 1'
    system.put('/proc/net/tcp', `  sl  local_address rem_address   st tx_queue rx_queue\n   ${line}\n`)
    expect((await monitor(system)).reasons).toEqual([
      expect.stringMatching(
        /^DRBD has dropped the peer.*: stop the program that listens on 192\.0\.2\.1:7789, then run "drbdadm adjust c0"/,
      ),
    ])
  })

  test("names the constraint of DRBD's handler", async () => {
    const { system } = await started({ ...ALONE, disk: 'Outdated' }, version)
    system.put('/var/lib/pacemaker/cib/cib.xml', fencedTo('node2'))
    expect((await monitor(system)).reasons).toEqual([
      expect.stringMatching(
        /; Pacemaker may promote it on node2 only, until .* removes the constraint drbd-fence-by-handler-c0-c0-drbd-clone$/,
      ),
    ])
  })

  test('reports a changed promotion score once', async () => {
    const { system } = await started(ALONE, version)
    await monitor(system)
    await monitor(system)
    expect(reportedScores(system)).toEqual(['--update 1000'])
  })
})

const fencedTo = (node: string) => `<cib><configuration><constraints>
<rsc_location rsc="c0-drbd-clone" id="drbd-fence-by-handler-c0-c0-drbd-clone">
  <rule role="Master" score="-INFINITY" id="drbd-fence-by-handler-c0-rule-c0-drbd-clone">
    <expression attribute="#uname" operation="ne" value="${node}" id="drbd-fence-by-handler-c0-expr-c0-drbd-clone"/>
  </rule>
</rsc_location></constraints></configuration></cib>`

describe('monitor', () => {
  test('of a healthy resource runs no command with DRBD 8.4, and one with DRBD 9', async () => {
    const [eight, nine] = [await started(), await started({}, '9.1.13')]
    await monitor(eight.system)
    await monitor(nine.system)
    expect(eight.system.commands).toEqual([])
    expect(nine.system.commands).toEqual([['drbdsetup', 'status', 'c0', '--json']])
  })

  test('a resource without quorum is degraded and has no promotion score', async () => {
    const { system } = await started({ role: 'Primary', hasQuorum: false }, '9.1.13')
    expect(await monitor(system)).toMatchObject({ code: exit.degradedPromoted, reasons: ['this side has no quorum'] })
    expect(reportedScores(system)).toEqual(['--delete'])
  })

  test.each<[string, Partial<FakeMinor>, RegExp]>([
    ['connected, an operator did it', {}, /resume-io/],
    ['served by the peer, an operator did it', { disk: 'Diskless' }, /resume-io/],
    ['without up-to-date data anywhere', { ...ALONE, disk: 'Inconsistent' }, /no up-to-date data is reachable/],
    [
      'connected to a peer without up-to-date data either',
      { disk: 'Diskless', peerDisk: 'Outdated' },
      /^I\/O is suspended: no up-to-date data is reachable/,
    ],
    ['alone with up-to-date data, the peer is not yet fenced', ALONE, /not known to be fenced yet/],
  ])('DRBD 8.4 does not report why I/O is suspended: %s', async (_, minor, reason) => {
    const { system } = await started({ role: 'Primary', isSuspended: true, ...minor })
    expect((await monitor(system)).reasons).toEqual([expect.stringMatching(reason)])
  })

  test('of a minor that belongs to another resource is not running (OCF_NOT_RUNNING)', async () => {
    const { system, kernel } = stopped()
    system.put('/etc/drbd.d/c1.res', 'resource c1 { device minor 0; }')
    await start(system)
    expect(kernel.minors.has(0)).toBe(true)
    const { code } = await probe(system, { drbd_resource: 'c1' })
    expect(code).toBe(exit.notRunning)
  })

  test("finds a resource without configuration through the kernel, or through udev's link", async () => {
    const { system } = await started()
    system.take('/etc/drbd.d/c0.res')
    const byKernel = await monitor(system)
    system.take('/sys/kernel/debug')
    system.put('/dev/drbd/by-res/c0/0', link('../../../drbd0'))
    expect([byKernel.code, (await monitor(system)).code]).toEqual([exit.success, exit.success])
  })

  test.each([ALONE, {}])('and stop do not need a readable CIB (%j)', async minor => {
    const { system } = await started(minor)
    const { read } = system
    system.read = path => {
      if (path.startsWith('/var/lib/pacemaker/')) throw Object.assign(new Error('EIO: read'), { code: 'EIO' })
      return read(path)
    }
    const found = await monitor(system)
    expect(found.code).toBe(minor === ALONE ? exit.degraded : exit.success)
    expect((await stop(system)).code).toBe(exit.success)
  })

  test('keeps monitoring the first volume after a second was added to the configuration', async () => {
    const { system } = await started()
    system.put('/etc/drbd.d/c0.res', 'resource c0 { volume 0 { device minor 0; } volume 1 { device minor 1; } }')
    expect((await probe(system)).code).toBe(exit.success)
  })
})

describe('a split brain with one peer of two', () => {
  const split = async (others: readonly FakePeer[]) => {
    const made = await started({ ...ALONE, connection: 'StandAlone', others }, '9.1.13')
    made.system.put('/run/vhacs/split-brain-c0', '')
    await monitor(made.system)
    return made
  }

  test('is over when that peer is connected, though the other is unreachable', async () => {
    const { system, kernel } = await split([away('gamma')])
    kernel.minors.set(0, { ...kernel.fresh, ...ALONE, others: [away('gamma')] })
    const waiting = await monitor(system)
    kernel.minors.set(0, { ...kernel.fresh, others: [away('gamma')] })
    const back = await monitor(system)
    kernel.minors.set(0, { ...kernel.fresh, ...ALONE, others: [away('gamma')] })
    const awayAgain = await monitor(system)
    expect(reportedScores(system)).toEqual(['--delete', '--update 1000'])
    expect(waiting.reasons).toEqual([
      expect.stringMatching(/^split brain \(Connecting\): .*; no connection to the peer gamma \(Connecting\)$/),
    ])
    expect(back.reasons).toEqual(['no connection to the peer gamma (Connecting)'])
    expect(awayAgain.reasons).toEqual([expect.not.stringContaining('split brain')])
  })

  test('continues when only the other is connected, or when there is no connection at all', async () => {
    const { system, kernel } = await split([away('gamma')])
    kernel.minors.set(0, { ...kernel.fresh, ...ALONE, others: [connected('gamma')] })
    const { reasons } = await monitor(system)
    system.tools.set(
      'drbdsetup',
      withConnections(system, () => []),
    )
    const unconnected = await monitor(system)
    expect(reasons).toEqual([expect.stringMatching(/^split brain \(/)])
    expect(unconnected.reasons).toEqual([expect.stringMatching(/^split brain \(no connection\): /)])
    expect(reportedScores(system)).toEqual(['--delete'])
  })

  test('is over when an operator has replaced that peer', async () => {
    const { system, kernel } = await split([])
    kernel.minors.set(0, kernel.fresh)
    system.tools.set(
      'drbdsetup',
      withConnections(system, connections => connections.map(one => ({ ...one, name: 'delta' }))),
    )
    expect(await monitor(system)).toMatchObject({ code: exit.success })
    expect(reportedScores(system)).toEqual(['--delete', '--update 10000'])
  })

  test('continues with the other peer when DRBD drops that too', async () => {
    const { system, kernel } = await split([dropped('gamma')])
    kernel.minors.set(0, { ...kernel.fresh, others: [away('gamma')] })
    const second = await monitor(system)
    kernel.minors.set(0, { ...kernel.fresh, ...ALONE, others: [connected('gamma')] })
    const last = await monitor(system)
    expect(second.reasons).toEqual([expect.stringMatching(/^split brain \(/)])
    expect(last.reasons).toEqual([expect.stringMatching(/^no connection to the peer beta/)])
  })

  test('is not forgotten without connections when the marker names no peer', async () => {
    const { system } = await started({}, '9.1.13')
    system.put('/run/vhacs/split-brain-c0', '')
    system.tools.set(
      'drbdsetup',
      withConnections(system, () => []),
    )
    await monitor(system)
    await monitor(system)
    expect(reportedScores(system)).toEqual(['--delete'])
  })
})

test('a resource without any connection does not have the score of one whose peers are known', async () => {
  const { system } = await started({}, '9.1.13')
  system.tools.set(
    'drbdsetup',
    withConnections(system, () => []),
  )
  await monitor(system)
  expect(reportedScores(system)).toEqual(['--update 1000'])
})

const connected = (name: string): FakePeer => ({ name, connection: 'Connected', peerDisk: 'UpToDate' })
const away = (name: string): FakePeer => ({ name, connection: 'WFConnection', peerDisk: 'DUnknown' })
const dropped = (name: string): FakePeer => ({ name, connection: 'StandAlone', peerDisk: 'DUnknown' })

function withConnections({ tools }: FakeSystem, change: (connections: object[]) => object[]): FakeTool {
  const usual = tools.get('drbdsetup')
  return async (args, options) => {
    const shown = await usual?.(args, options)
    if (typeof shown !== 'object' || shown.stdout === undefined) throw new Error('no status')
    const [found] = JSON.parse(shown.stdout)
    return { status: 0, stdout: JSON.stringify([{ ...found, connections: change(found.connections) }]) }
  }
}

describe('the promotion score', () => {
  test('is reported again after a failed report, and the monitor does not fail', async () => {
    const { system } = await started(ALONE)
    system.tools.set('crm_attribute', () => ({ status: 102, stderr: 'Could not connect to the cluster' }))
    const results = [await monitor(system), await monitor(system)]
    expect(results.map(({ code }) => code)).toEqual([exit.degraded, exit.degraded])
    expect(reportedScores(system)).toHaveLength(2)
  })

  test('that cannot be recorded does not fail the monitor', async () => {
    const { system } = await started()
    system.take('/run/vhacs')
    system.put('/run/vhacs', 'a file')
    expect(await monitor(system)).toMatchObject({ code: exit.success, reasons: [] })
    expect(reportedScores(system)).toEqual(['--update 10000'])
  })

  test.each<[string, (system: FakeSystem) => void]>([
    [
      'the membership has changed',
      system => system.put('/var/lib/corosync/ringid_1', { ...file('\u000d'), changedAt: 1000 }),
    ],
    [
      'the attribute manager is another process',
      system => system.put('/proc/net/unix', '00000000412f7f43: 00000002 00000000 00010000 0001 01 777 @attrd@@@@\n'),
    ],
    ['the last report is old', system => system.sleep(16 * 60 * 1000)],
    ['the clock was set back', system => system.put('/run/vhacs/score-c0', '10000 attrd:,ring: 99999999999999\n')],
  ])('is reported again once, unchanged, when %s', async (_, happens) => {
    const { system } = await started()
    await monitor(system)
    await happens(system)
    await monitor(system)
    await monitor(system)
    expect(reportedScores(system)).toEqual(['--update 10000'])
  })

  test('is not touched by a probe of a resource that is not up', async () => {
    const { system } = stopped()
    expect((await probe(system)).code).toBe(exit.notRunning)
    expect(system.commands).toEqual([])
  })

  test('is reported by a probe that finds the resource up, whatever was reported before', async () => {
    const { system } = await started()
    await probe(system)
    expect(reportedScores(system)).toEqual(['--update 10000'])
  })

  test.each<['post' | 'pre', string, string[]]>([
    ['post', 'and has changed', ['--update 1000']],
    ['pre', 'and has changed', []],
    ['post', 'and is the one reported', []],
  ])('at a %s-notification %s: %j', async (when, change, told) => {
    const { system, kernel } = await started()
    await monitor(system)
    system.commands.length = 0
    if (change === 'and has changed') Object.assign(kernel.minors.get(0) ?? {}, ALONE)
    await notify(when, 'stop', system)
    expect(reportedScores(system)).toEqual(told)
  })

  test('is left to the monitor by a promotion and a demotion, which follow from a reported one', async () => {
    const { system, kernel } = await started()
    system.commands.length = 0
    expect((await promote(system)).code).toBe(exit.success)
    Object.assign(kernel.minors.get(0) ?? {}, ALONE)
    expect((await demote(system)).code).toBe(exit.success)
    expect(reportedScores(system)).toEqual([])
    await monitor(system)
    expect(reportedScores(system)).toEqual(['--update 1000'])
  })

  test('is reported by a promotion that follows from none', async () => {
    const { system } = await started()
    system.remove('/run/vhacs/score-c0')
    system.commands.length = 0
    expect((await promote(system)).code).toBe(exit.success)
    expect(reportedScores(system)).toEqual(['--update 10000'])
  })

  test('is that of the clone, without the instance number', async () => {
    const { system } = await started()
    await stop(system, {}, { OCF_RESOURCE_INSTANCE: 'c0-drbd:1' })
    expect(system.commands.at(-1)).toEqual('crm_attribute --promotion c0-drbd --lifetime reboot --delete'.split(' '))
  })
})

describe('a stop of a resource that is down', () => {
  test('deletes the promotion score that a killed action left, once', async () => {
    const { system, kernel } = await started()
    kernel.minors.clear()
    expect((await stop(system)).code).toBe(exit.success)
    expect((await stop(system)).code).toBe(exit.success)
    expect(reportedScores(system)).toEqual(['--delete'])
  })

  test('also deletes it if the action was killed during its report', async () => {
    const { system } = stopped()
    system.put('/run/vhacs/score-c0', '10000 attrd:,ring: 0\n')
    expect((await stop(system)).code).toBe(exit.success)
    expect(reportedScores(system)).toEqual(['--delete'])
  })

  test('needs neither configuration nor tools for it', async () => {
    const { system } = stopped()
    system.put('/run/vhacs/score-c0', '10000 attrd:,ring: 0\n')
    system.tools.clear()
    expect((await stop(system)).code).toBe(exit.success)
  })
})

describe('before the peer starts', () => {
  test.each<[string, Partial<FakeMinor>, string[][]]>([
    ['that waits for it', ALONE, [['drbdadm', 'adjust', 'c0']]],
    ['that has dropped it', { ...ALONE, connection: 'StandAlone' }, [['drbdadm', 'adjust', 'c0']]],
    ['that talks to it', {}, []],
    // a disk that has failed is not attached again by the way
    ['that has neither disk nor peer', { ...ALONE, disk: 'Diskless' }, []],
    ['that loses its disk, and has no peer', { ...ALONE, disk: 'Detaching' }, []],
  ])('a side %s runs %j', async (_, minor, commands) => {
    const { system } = await started(minor)
    expect((await notify('pre', 'start', system)).code).toBe(exit.success)
    expect(system.commands).toEqual(commands)
  })

  test.each<[string, readonly FakePeer[], string[][]]>([
    ['talks to both', [connected('gamma')], []],
    ['has dropped one', [dropped('gamma')], [['drbdadm', 'adjust', 'c0']]],
    ['waits for one', [away('gamma')], [['drbdadm', 'adjust', 'c0']]],
  ])('a side with two peers that %s runs %j', async (_, others, commands) => {
    const { system } = await started({ others }, '9.1.13')
    expect((await notify('pre', 'start', system)).code).toBe(exit.success)
    expect(system.commands.filter(([tool]) => tool === 'drbdadm')).toEqual(commands)
  })

  test('a configuration that cannot be applied is logged, and the notification succeeds', async () => {
    const { system } = await started(ALONE)
    system.put('/etc/drbd.d/c1.res', 'resource c1 {')
    const result = await notify('pre', 'start', system)
    expect(result).toMatchObject({ code: exit.success, reasons: [] })
    expect(result.stderr).toContain('the DRBD configuration of this node is invalid')
  })
})

describe('start', () => {
  test('rejects a resource with two volumes (OCF_ERR_ARGS)', async () => {
    const { system } = stopped()
    system.put('/etc/drbd.d/c0.res', 'resource c0 { volume 0 { device minor 0; } volume 1 { device minor 1; } }')
    expect((await start(system)).code).toBe(exit.invalidHere)
  })

  test('loads the module, and waits for the peer no longer than wfc_timeout', async () => {
    const { system, kernel } = stopped()
    Object.assign(kernel.fresh, ALONE)
    const begun = Date.now()
    const { code } = await start(system, { wfc_timeout: '8' })
    expect(code).toBe(exit.success)
    expect(system.commands[0]).toEqual(['modprobe', '-a', 'drbd'])
    expect(Date.now() - begun).toBe(8000)
    expect(reportedScores(system)).toEqual(['--update 1000'])
  })

  test('waits for the peer at most for its own time-out less a reserve, whatever wfc_timeout is', async () => {
    const { system, kernel } = stopped()
    Object.assign(kernel.fresh, ALONE)
    const begun = Date.now()
    expect((await start(system, { wfc_timeout: '120' })).code).toBe(exit.success)
    const waitedSeconds = (Date.now() - begun) / 1000
    expect(waitedSeconds).toBeGreaterThan(110)
    expect(waitedSeconds).toBeLessThan(116)
  })

  test('waits for the peer no longer than wfc_timeout though the clock is set back', async () => {
    const { system, kernel } = stopped()
    Object.assign(kernel.fresh, ALONE)
    const begun = Date.now()
    system.now = () => 2 * begun - Date.now()
    expect((await start(system)).code).toBe(exit.success)
    expect(Date.now() - begun).toBe(10_000)
  })

  test.each([
    'WFReportParams',
    'TearDown',
  ])('waits for a hanging handshake (%s) no longer than wfc_timeout, and reports no score', async connection => {
    const { system, kernel } = stopped()
    Object.assign(kernel.fresh, ALONE, { connection })
    const begun = Date.now()
    expect((await start(system)).code).toBe(exit.success)
    expect(Date.now() - begun).toBe(10_000)
    expect(reportedScores(system)).toEqual([])
  })

  test('does not wait for a disk that is being detached', async () => {
    const { system, kernel } = stopped()
    kernel.fresh.disk = 'Detaching'
    const begun = Date.now()
    expect((await start(system)).code).toBe(exit.success)
    expect(Date.now() - begun).toBe(0)
    expect(reportedScores(system)).toEqual(['--update 10'])
  })

  test('does not wait for a peer that DRBD has dropped', async () => {
    const { system, kernel } = stopped()
    Object.assign(kernel.fresh, ALONE, { connection: 'StandAlone' })
    const begun = Date.now()
    expect((await start(system)).code).toBe(exit.success)
    expect(Date.now() - begun).toBe(0)
  })

  test('waits for a disk that is being attached', async () => {
    const { system, kernel } = stopped()
    kernel.fresh.disk = 'Attaching'
    setTimeout(() => kernel.minors.set(0, { ...kernel.fresh, disk: 'UpToDate' }), 20_000)
    expect((await start(system)).code).toBe(exit.success)
  })

  test('completes a killed start', async () => {
    const { system, kernel } = await started()
    kernel.minors.set(0, 'unconfigured')
    expect((await monitor(system)).code).toBe(exit.notRunning)
    expect((await start(system)).code).toBe(exit.success)
    expect((await monitor(system)).code).toBe(exit.success)
  })

  test('creates the connection that a killed start did not create', async () => {
    const { system } = await started({ ...ALONE, connection: 'StandAlone' })
    expect((await monitor(system)).code).toBe(exit.degraded)
    expect((await start(system)).code).toBe(exit.success)
    expect((await monitor(system)).code).toBe(exit.success)
  })

  test('restores the one connection of several that DRBD has dropped', async () => {
    const { system } = await started({ others: [dropped('gamma')] }, '9.1.13')
    expect((await monitor(system)).code).toBe(exit.degraded)
    expect((await start(system)).code).toBe(exit.success)
    expect((await monitor(system)).code).toBe(exit.success)
  })

  test.each([
    ['waits for its peer', ALONE],
    ['is ahead of its peer', { peerDisk: 'Inconsistent' }],
  ])('of a side that %s changes nothing', async (_, minor) => {
    const { system } = await started(minor)
    expect((await start(system)).code).toBe(exit.success)
    expect(system.commands.filter(([tool]) => tool === 'drbdadm')).toEqual([])
  })

  test('without a configuration on this node fails (OCF_ERR_ARGS) and loads nothing; a probe is not running', async () => {
    const { system } = stopped()
    system.take('/etc/drbd.d/c0.res')
    expect((await probe(system)).code).toBe(exit.notRunning)
    const { code, reasons } = await start(system)
    expect(code).toBe(exit.invalidHere)
    expect(reasons).toEqual([expect.stringContaining('/etc/drbd.d/c0.res is missing')])
    expect(system.commands).toEqual([])
  })

  test('without the module fails (OCF_ERR_INSTALLED)', async () => {
    const { system } = stopped()
    modules(system, {})
    const { code, reasons } = await start(system)
    expect(code).toBe(exit.notInstalled)
    expect(reasons).toEqual([expect.stringMatching(/^the kernel modules drbd cannot all be loaded: .*not found/)])
  })

  test.each([
    ['8.3.16', 'the kernel module drbd is version 8.3.16, which is not supported: it must be 8.4 or 9'],
    ['10.0.1', 'the kernel module drbd is version 10.0.1, which is not supported: it must be 8.4 or 9'],
  ])('with DRBD %s fails (OCF_ERR_INSTALLED)', async (version, reason) => {
    const { system } = stopped(version)
    const { code, reasons } = await start(system)
    expect({ code, reasons }).toEqual({ code: exit.notInstalled, reasons: [reason] })
  })

  test('with DRBD 9 succeeds, and so do promote, demote and stop', async () => {
    const { system, kernel } = stopped('9.1.13')
    const codes: number[] = []
    for (const act of [start, promote, demote, stop]) codes.push((await act(system)).code)
    expect(codes).toEqual([exit.success, exit.success, exit.success, exit.success])
    expect(kernel.minors.size).toBe(0)
  })

  test('warns of a configuration that discards data automatically', async () => {
    const { system } = stopped()
    system.put('/etc/drbd.d/global_common.conf', 'common { net { after-sb-1pri discard-secondary; } }')
    const { code, stderr } = await start(system)
    expect(code).toBe(exit.success)
    expect(stderr).toContain('after a split brain: after-sb-1pri discard-secondary')
  })

  const WARNING = 'DRBD promotes c0 by itself when its device is opened for writing'
  const NO = 'options { auto-promote no; }'

  test.each([
    ['nothing sets the option', '9.1.13', '', '', true],
    ['the resource has another value', '9.1.13', NO, 'options { auto-promote yes; }', true],
    ['the resource forbids it', '9.1.13', '', NO, false],
    ['the common section forbids it', '9.1.13', NO, '', false],
    ['DRBD 8.4 runs, which never does', '8.4.11', '', '', false],
  ])('warns that DRBD promotes by itself, or not: %s', async (_, version, common, own, isWarned) => {
    const { system } = stopped(version)
    system.put('/etc/drbd.d/global_common.conf', `common { ${common} }`)
    system.put('/etc/drbd.d/c0.res', system.read('/etc/drbd.d/c0.res').replace('{', `{ ${own}`))
    const { code, stderr } = await start(system)
    expect(code).toBe(exit.success)
    expect(stderr.includes(WARNING)).toBe(isWarned)
  })
})

describe('an invalid configuration', () => {
  const mistakes = [
    ['an unclosed section', 'resource c0 { device /dev/drbd0;'],
    ['a device that is not one of DRBD', 'resource c0 { device /dev/sda; }'],
  ] as const

  describe.each(mistakes)('with %s', (_, text) => {
    test('is stopped where DRBD was never loaded', async () => {
      const { system } = stopped()
      system.put('/etc/drbd.d/c0.res', text)
      for (const environment of [{}, recurring])
        expect((await probe(system, {}, environment)).code).toBe(exit.notRunning)
      expect(await stop(system)).toMatchObject({ code: exit.success, reasons: [] })
    })

    test.each<[string, readonly number[]]>([
      ['no resource', []],
      ['another resource', [1]],
    ])('is stopped where DRBD runs %s', async (_what, minors) => {
      const { system, kernel } = stopped()
      system.put('/etc/drbd.d/c0.res', text)
      await system.run({ name: 'modprobe', package: 'kmod' }, ['-a', 'drbd'])
      for (const minor of minors) kernel.minors.set(minor, { ...kernel.fresh })
      expect((await probe(system)).code).toBe(exit.notRunning)
      expect(await stop(system)).toMatchObject({ code: exit.success, reasons: [] })
    })

    test('does not affect the monitor', async () => {
      const { system } = await started({ role: 'Primary' })
      system.put('/etc/drbd.d/c0.res', text)
      expect((await monitor(system)).code).toBe(exit.runningPromoted)
    })

    test('is refused by a start (OCF_ERR_ARGS), which loads nothing', async () => {
      const { system } = stopped()
      system.put('/etc/drbd.d/c0.res', text)
      const { code, reasons } = await start(system)
      expect(code).toBe(exit.invalidHere)
      expect(reasons).toEqual([expect.stringContaining('DRBD configuration')])
      expect(system.commands).toEqual([])
    })
  })
})

describe('validate-all at level 10', () => {
  test('runs drbdadm, and changes nothing', async () => {
    const { system } = stopped()
    expect((await validate(system)).code).toBe(exit.success)
    expect(system.commands).toEqual([['drbdadm', 'sh-dev', 'c0']])
    expect(system.changes).toEqual([])
  })

  test('rejects a configuration that drbdadm rejects for another resource (OCF_ERR_ARGS)', async () => {
    const { system } = stopped()
    system.put('/etc/drbd.d/c1.res', 'resource c1 {')
    const { code, reasons } = await validate(system)
    expect(code).toBe(exit.invalidHere)
    expect(reasons).toEqual([expect.stringMatching(/invalid.*drbd\.d\/c1\.res:1: Parse error/)])
  })
})
