import { describe, expect, test } from 'vitest'
import { briefReason } from '../../../../ocf/runtime/reason/brief-reason.ts'
import { type Interruption, interruptionLine } from '../../../../system/pacemaker/interruption-note.ts'
import { reasonLine } from '../../../../system/pacemaker/reason-note.ts'
import { type FakeCluster, fakeCluster, node } from '../../../fake/cluster/cluster.ts'
import { c0 } from '../../cloud/examples.ts'
import { given } from '../call.ts'

/* Notes of a node's agents that Pacemaker does not have. */

const INTERRUPTION: Interruption = {
  resource: 'c0-session',
  since: 1_000_000,
  seen: 1_040_000,
  reason: 'the session is being recovered; I/O is paused',
}

/** c0 is mounted on node2. */
function noting(name: string, text: string, path: string): FakeCluster {
  const cluster = fakeCluster([c0])
  node(cluster, name).system.put(path, text)
  return cluster
}

const interruptedOn = (name: string, text = interruptionLine(INTERRUPTION)) =>
  noting(name, `${text}\n`, '/run/vhacs/interrupted-c0-session')

async function mountIn(cluster: FakeCluster, command: string) {
  const { stdout } = await given(cluster).run(`${command} --json`).succeeds()
  return JSON.parse(stdout.join('\n')).storages[0].mount
}

describe('an interrupted mount that Pacemaker does not list yet', () => {
  test.each(['storage -L', 'storage -M', 'storage -i c0', 'cluster -M'])('is degraded in "%s"', async command => {
    expect(await mountIn(interruptedOn('node2'), command)).toMatchObject({ node: 'node2', isDegraded: true })
  })

  test('is shown by --info of storage and node, with the reason and how long it has lasted', async () => {
    for (const command of ['storage -i c0', 'node -i node2']) {
      const { stdout } = await given(interruptedOn('node2')).run(command).succeeds()
      expect(stdout).toContainEqual(
        expect.stringMatching(
          /^ *degraded: c0-session: +monitor.*: the session is being recovered; I\/O is paused \(for 40 s, as in a failover\)$/,
        ),
      )
    }
  })

  test('is listed once when Pacemaker also lists it', async () => {
    const cluster = interruptedOn('node2')
    const { reason } = INTERRUPTION
    cluster.failures = [{ resource: 'c0-session', node: 'node2', action: 'monitor', reason, isDegraded: true }]
    const { stdout } = await given(cluster).run('storage -i c0').succeeds()
    expect(stdout.filter(line => line.includes('degraded: c0-session'))).toHaveLength(1)
  })

  test.each([
    ['of another resource', interruptionLine({ ...INTERRUPTION, resource: 'c1-session' })],
    ['of the message of a login shell', 'Welcome'],
    ['of a number', '12'],
    ['without a time', '{"resource":"c0-session","since":1e999,"seen":1e999,"reason":"x"}'],
    ['of too much', interruptionLine({ ...INTERRUPTION, reason: 'x'.repeat(20_000) })],
  ])('is ignored for a note %s', async (_, text) => {
    expect(await mountIn(interruptedOn('node2', text), 'storage -L')).toMatchObject({ isDegraded: false })
  })

  test('is not searched for on nodes without the mount, which may be down', async () => {
    expect(await mountIn(interruptedOn('node1'), 'storage -L')).toMatchObject({ isDegraded: false })
    const cluster = interruptedOn('node2')
    node(cluster, 'node2').isUp = false
    expect(await mountIn(cluster, 'storage -L')).toMatchObject({ isDegraded: false })
  })
})

test('a mount without its export is degraded even if no node is queried', async () => {
  const cluster = fakeCluster([c0])
  expect(await mountIn(cluster, 'storage -l')).toMatchObject({ isDegraded: false })
  const active = cluster.active().filter(({ id }) => id !== 'c0-target')
  cluster.active = () => active
  expect(await mountIn(cluster, 'storage -l')).toMatchObject({ node: 'node2', isDegraded: true, isFailed: false })
})

describe('a reason that was shortened for Pacemaker', () => {
  const whole = `no connection to the peer: ${'check the cable and '.repeat(10)}run "drbdadm connect c0"; only then …`
  const brief = briefReason(whole)
  const note = { resource: 'c0-drbd', action: 'monitor', code: 190, brief, whole }
  const failingWith = (reason: string, noted: typeof note) => {
    const cluster = noting('node1', `${reasonLine(noted)}\n`, '/run/vhacs/reason-c0-drbd')
    cluster.failures = [{ resource: 'c0-drbd', node: 'node1', action: 'monitor', reason }]
    return cluster
  }
  const shownBy = async (command: string, cluster: FakeCluster) => {
    const { stdout } = await given(cluster).run(command).succeeds()
    return stdout.find(line => line.includes('failed: c0-drbd'))
  }

  test.each(['storage -i c0', 'node -i node1'])('is shown in full by "%s", as text and as JSON', async command => {
    expect(await shownBy(command, failingWith(brief, note))).toContain(whole)
    const { stdout } = await given(failingWith(brief, note)).run(`${command} --json`).succeeds()
    expect(stdout.join('\n')).toContain(JSON.stringify(whole).slice(1, -1))
  })

  test.each([
    ['another failure', 'no such resource …', note],
    ['another action', brief, { ...note, action: 'start' }],
    ['another resource', brief, { ...note, resource: 'c0-lvm' }],
  ])('stays abbreviated if the note belongs to %s', async (_, reason, noted) => {
    const shown = await shownBy('storage -i c0', failingWith(reason, noted))
    expect(shown).toContain(reason)
    expect(shown).not.toContain('only then')
  })

  test('stays abbreviated if its node does not answer', async () => {
    const cluster = failingWith(brief, note)
    cluster.failures = [{ resource: 'c0-drbd', node: 'node2', action: 'monitor', reason: brief }]
    node(cluster, 'node2').isUp = false
    expect(await shownBy('storage -i c0', cluster)).toContain(brief)
  })

  test('from a malicious node cannot control the terminal', async () => {
    const cluster = failingWith(brief, { ...note, whole: 'a\u001b[31mb' })
    expect(await shownBy('storage -i c0', cluster)).toContain('a\\u001b[31mb')
  })
})
