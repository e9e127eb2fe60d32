import { describe, expect, test, vi } from 'vitest'
import { decisionsIn } from '../../../../cloud/pacemaker/decisions.ts'
import { parseXml } from '../../../../cloud/xml.ts'
import {
  type Failure,
  type FakeCluster,
  fakeCluster,
  isLocking,
  isReading,
  type Ran,
} from '../../../fake/cluster/cluster.ts'
import { withHistory } from '../../../fake/cluster/history.ts'
import { type FakeDisk, rehearsable } from '../../../fake/cluster/rehearsal.ts'
import { c0 } from '../../cloud/examples.ts'
import { planned } from '../../cloud/pacemaker.ts'
import { given } from '../call.ts'

const REHEARSE = 'storage --rehearse c0'

function cluster(): FakeCluster & { readonly disk: FakeDisk } {
  const made = fakeCluster([c0])
  return Object.assign(made, { disk: rehearsable(made) })
}

const exporterOf = (seen: FakeCluster) => seen.active().find(({ id }) => id === 'c0-target')?.node
const hasConstraint = ({ cib }: FakeCluster) => cib.includes('rehearsal-location')
const hasLock = ({ cib }: FakeCluster) => cib.includes('vhacs-lock')

/** The cloud runs completely, on whichever side it is exported. */
function expectRunning(seen: FakeCluster): void {
  const exporter = exporterOf(seen)
  const places = seen.active().map(({ id, role, node }) => `${id} ${role} ${node === exporter ? 'exporter' : 'other'}`)
  expect(places.sort()).toEqual([
    'c0-address Started exporter',
    'c0-drbd Promoted exporter',
    'c0-drbd Unpromoted other',
    expect.stringMatching(/^c0-filesystem Started /),
    'c0-lvm Started exporter',
    'c0-lvm Started other',
    expect.stringMatching(/^c0-session Started /),
    'c0-target Started exporter',
  ])
}

/** Calls it again and again, for each of these commands that an undisturbed call runs, with its number. */
async function forEachCommand(
  isMeant: (command: Ran) => boolean,
  act: (seen: ReturnType<typeof cluster>, index: number) => Promise<void>,
): Promise<void> {
  const undisturbed = cluster()
  await given(undisturbed).run(REHEARSE)
  const { ran } = undisturbed
  expect(ran.filter(isChange).length).toBeGreaterThan(6)
  expect(ran.length).toBeGreaterThan(40)
  for (const [index, command] of ran.entries()) {
    if (!isMeant(command)) continue
    // each begins at the same time, so that Pacemaker's tools have known answers
    vi.setSystemTime(BEGIN)
    await act(cluster(), index).catch((cause: unknown) => {
      const text = `${command.words.slice(0, 2).join(' ')} on ${command.node}`
      throw new Error(`command ${index}, ${text}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    })
  }
}

const isAny = () => true
const isChange = (command: Ran) => !isReading(command)

const BEGIN = Date.UTC(2026, 0, 1)

/** How much time tests of every command may take, on a slow machine. */
const PATIENCE = { timeout: 600_000 }

/** What happens at a command, by its number. */
function at(seen: FakeCluster, number: number, happens: (command: Ran) => Failure | undefined): void {
  let count = 0
  seen.disturb = command => {
    count += 1
    return count - 1 === number ? happens(command) : undefined
  }
}

describe.each([
  ['fails', isAny],
  // of one that changes nothing, that is the same
  ['fails afterwards', isChange],
] as const)('whichever command %s', (failure, isMeant) => {
  test('no constraint is left, and the storage runs', PATIENCE, async () => {
    await forEachCommand(isMeant, async (seen, index) => {
      let isRelease = false
      let isOfClient = false
      at(seen, index, command => {
        isOfClient = command.node === 'node2' && command.words[0] !== 'cat'
        isRelease = isLocking(command) && command.words[1] === '--delete'
        return failure
      })
      const { status, stderr } = await given(seen).run(REHEARSE)
      expect(hasConstraint(seen)).toBe(false)
      if (!isRelease) expect(hasLock(seen)).toBe(false)
      expectRunning(seen)
      expect(stderr).toHaveLength(status === 0 ? 0 : 1)
      if (status === 0) expect(exporterOf(seen)).toBe('node1')
      // whatever the client does not answer, the export comes back
      if (isOfClient) expect(exporterOf(seen)).toBe('node1')
      // what has moved and stays there is said
      if (exporterOf(seen) !== 'node1') expect(stderr[0]).toContain('c0 is exported by node2 now, and stays there')
    })
  })
})

test('at whichever command it is interrupted, no constraint is left, and the storage runs', PATIENCE, async () => {
  await forEachCommand(isAny, async (seen, index) => {
    const controller = new AbortController()
    at(seen, index, () => {
      controller.abort(new Error('interrupted (SIGINT)'))
      return undefined
    })
    const { status, stderr } = await given(seen).run(REHEARSE, { interruption: controller.signal })
    expect([hasConstraint(seen), hasLock(seen)]).toEqual([false, false])
    expectRunning(seen)
    if (status !== 0) expect(stderr[0]).toContain('interrupted (SIGINT)')
    // no result is recorded of what was not completed
    expect(seen.cib.includes('vhacs-rehearsal-c0')).toBe(status === 0)
  })
})

test(
  'at whichever command its node dies, only a constraint that expires is left, and the next one removes it',
  PATIENCE,
  async () => {
    await forEachCommand(isChange, async (seen, index) => {
      let count = 0
      seen.disturb = () => {
        count += 1
        return count > index ? 'fails' : undefined
      }
      await given(seen).run(REHEARSE)
      const end = /operation="lt" end="([^"]+)"/.exec(seen.cib)?.[1]
      expect(end !== undefined).toBe(hasConstraint(seen))
      if (end !== undefined) expect(Date.parse(end) - BEGIN).toBeLessThanOrEqual(600_000)
      const expired = planned(withHistory(seen.cib, seen.active()), BEGIN + 601_000)
      expect(decisionsIn(parseXml(expired))).toEqual([])

      seen.disturb = () => undefined
      const exporter = exporterOf(seen)
      vi.setSystemTime(BEGIN)
      await given(seen).run(REHEARSE).succeeds()
      expect([hasConstraint(seen), hasLock(seen), exporterOf(seen)]).toEqual([false, false, exporter])
    })
  },
)

test('a constraint that cannot be removed is named, with when it ends and how to remove it', async () => {
  const seen = cluster()
  seen.disturb = ({ words }) => (words.join(' ').includes('--delete --xpath //rsc_location') ? 'fails' : undefined)
  await given(seen)
    .run(REHEARSE)
    .fails(
      /NOT REMOVED: the constraint of the rehearsal, which expires within ten minutes .*cibadmin --delete --xpath "\/\/rsc_location\[@id='c0-rehearsal-location'\]"$/,
    )
})

describe('a rehearsal fails, and says why, if', () => {
  test('the export does not move', async () => {
    const seen = cluster()
    const all = seen.active()
    seen.active = () => all
    const { stderr } = await given(seen).run(REHEARSE).fails()
    expect(stderr[0]).toMatch(
      /^vhacs: waiting until node2 exports c0, and both sides are in sync: node1 exports it after 300 s; see "crm_mon -1rf"$/,
    )
    expect(hasConstraint(seen)).toBe(false)
    const { stdout } = await given(seen).run('storage --info c0')
    expect(stdout).toContainEqual(
      expect.stringMatching(
        /last rehearsal: +FAILED less than 2 minutes ago: to node2: waiting until node2 exports c0/,
      ),
    )
  })

  test('its start fails on the other side; that is not waited for', async () => {
    const seen = cluster()
    const all = seen.active()
    seen.active = () => all
    seen.disturb = ({ words: [tool] }) => {
      if (tool === 'crm_mon' && hasConstraint(seen))
        seen.failures = [{ resource: 'c0-target', node: 'node2', action: 'start', reason: 'port 3260 is taken' }]
      return undefined
    }
    await given(seen)
      .run(REHEARSE)
      .fails(/in sync: start of c0-target failed there: port 3260 is taken$/)
    expect(seen.system.now()).toBe(BEGIN)
    expect(hasConstraint(seen)).toBe(false)
  })

  const rows: readonly (readonly [string, (disk: FakeDisk) => unknown, RegExp])[] = [
    [
      'the disk has another identity there',
      disk => disk.facts.set('node2', { 'page 0x83': '36001405ffffffff' }),
      /c0: exported by node2, its page 0x83 was 36001405aabbccdd, and is 36001405ffffffff$/,
    ],
    [
      'the file system was mounted again',
      disk => disk.facts.set('node2', { mount: '99 /dev/sda ext3 rw,noatime' }),
      /its mount was 61 .*, and is 99 /,
    ],
    [
      'the mount became read-only',
      disk => disk.facts.set('node2', { mount: '61 /dev/sda ext3 ro,noatime' }),
      /exported by node2, it is not mounted for writing/,
    ],
    [
      'the session does not recover',
      disk => disk.facts.set('node2', { state: 'FAILED' }),
      /exported by node2, its session is in the state FAILED/,
    ],
    ['a read failed', disk => disk.lines.push('100.30 error'), /exported by node2, reads failed meanwhile \(1\)/],
    [
      'the watch was cut off',
      disk => disk.lines.push('100.'),
      /the pause of its I\/O could not be measured: node2: sh: .* got "100\."/,
    ],
  ]
  test.each(rows)('%s; the export is moved back all the same', async (_, change, why) => {
    const seen = cluster()
    change(seen.disk)
    await given(seen).run(REHEARSE).fails(why)
    expect([exporterOf(seen), hasConstraint(seen), hasLock(seen)]).toEqual(['node1', false, false])
    const { stdout } = await given(seen).run('storage --info c0 --json')
    expect(JSON.parse(stdout.join('\n')).storages[0].lastRehearsal).toMatchObject({
      isPassed: false,
      pauseSeconds: null,
      reason: expect.stringMatching(/exported by node2/),
    })
  })
})
