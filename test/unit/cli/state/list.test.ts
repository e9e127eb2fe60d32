import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from 'vitest'
import { element } from '../../../../cloud/xml.ts'
import { fakeCluster, isReading, node } from '../../../fake/cluster/cluster.ts'
import { edited, withChildren, withMembership, withMeta, withNodeAttribute } from '../../cloud/cib.ts'
import { bare, c0 } from '../../cloud/examples.ts'
import { given } from '../call.ts'

/** The cells of the tables' lines, the heads first. */
const cellsOf = (lines: readonly string[]) =>
  lines
    .filter(line => line.startsWith('| '))
    .map(line =>
      line
        .split('|')
        .slice(1, -1)
        .map(cell => cell.trim()),
    )

const HEAD = ['STORAGE', 'DRBD:0', 'DRBD:1', 'DRBD TARGET', 'ISCSI MOUNT']

describe('storage --list', () => {
  test('each storage has a line: primary and secondary, the exporting node, the mounting node', async () => {
    const { stdout } = await given(fakeCluster([c0, bare]))
      .run('storage --list')
      .succeeds()
    expect(cellsOf(stdout)).toEqual([
      HEAD,
      ['(A)c0', '(P)node1', '(S)node2', '(S)node1', '(S)node2'],
      ['(A)West-1', '(P)node2', '(S)node1', '(S)node2', '(S)node2'],
    ])
  })

  test('after a failover the roles are those of Pacemaker', async () => {
    const cluster = fakeCluster([c0])
    const other = { node1: 'node2', node2: 'node1' } as const
    const moved = cluster.active().map(({ id, node, role }) => {
      const isMoved = ['c0-drbd', 'c0-target', 'c0-address'].includes(id)
      return { id, role, node: isMoved ? (other[node as keyof typeof other] ?? node) : node }
    })
    cluster.active = () => moved
    const { stdout } = await given(cluster).run('storage -l')
    expect(cellsOf(stdout)[1]).toEqual(['(A)c0', '(S)node1', '(P)node2', '(S)node2', '(S)node2'])
  })

  test('a part that does not run is a dash', async () => {
    const cluster = fakeCluster([c0])
    cluster.active = () => []
    const { stdout } = await given(cluster).run('storage -l')
    expect(cellsOf(stdout)[1]).toEqual(['(A)c0', '(-)node1', '(-)node2', '-', '-'])
  })

  test('a storage in standby has an S', async () => {
    const { stdout } = await given(fakeCluster([{ ...c0, state: 'standby' }])).run('storage -l')
    expect(cellsOf(stdout)[1]).toEqual(['(S)c0', '(-)node1', '(-)node2', '-', '-'])
  })

  test('a failed part has an F, in the column of its node', async () => {
    const cluster = fakeCluster([c0])
    cluster.failures = [
      { resource: 'c0-drbd', node: 'node2', action: 'monitor', reason: 'no such resource' },
      { resource: 'c0-session', node: 'node2', action: 'monitor', reason: 'no session' },
    ]
    const { stdout } = await given(cluster).run('storage -l')
    expect(cellsOf(stdout)[1]).toEqual(['(A)c0!', '(P)node1', '(F)node2', '(S)node1', '(F)node2'])
  })

  test('what is degraded is not failed: it runs, and has a mark that needs no colour, which a line explains', async () => {
    const cluster = fakeCluster([c0])
    const reason = 'no connection to the peer'
    cluster.failures = [{ resource: 'c0-drbd', node: 'node1', action: 'monitor', reason, isDegraded: true }]
    const { stdout } = await given(cluster).run('storage -l')
    expect(cellsOf(stdout)[1]).toEqual(['(A)c0', '(P)node1!', '(S)node2', '(S)node1', '(S)node2'])
    expect(stdout.at(-1)).toBe(
      '!: degraded, or a storage that no other node can take over; "vhacs storage --info STORAGES" says why',
    )
  })

  test('a secondary that is Diskless looks different from a healthy one, and the storage is not ready', async () => {
    const cluster = fakeCluster([c0])
    const reason = 'local disk is Diskless'
    cluster.failures = [{ resource: 'c0-drbd', node: 'node2', action: 'monitor', reason, isDegraded: true }]
    const { stdout } = await given(cluster).run('storage -l')
    expect(cellsOf(stdout)[1]).toEqual(['(A)c0!', '(P)node1', '(S)node2!', '(S)node1', '(S)node2'])
  })

  const ban = (rsc: string, on: string) =>
    element('rsc_location', { id: `cli-ban-${rsc}-on-${on}`, rsc, node: on, score: '-INFINITY' })

  test.each<[string, (cib: string) => string]>([
    [
      'the export is banned from the other storage node',
      cib => withChildren(cib, 'constraints', ban('c0-export', 'node2')),
    ],
    [
      'the mount is banned from all other vhosts',
      cib => withChildren(cib, 'constraints', ban('c0-mount', 'node1'), ban('c0-mount', 'node3')),
    ],
    ['the mount is unmanaged', cib => withMeta(cib, 'c0-mount', 'is-managed', 'false')],
    ['the other storage node is in standby', cib => withNodeAttribute(cib, 'node2', 'standby', 'on')],
  ])('a storage is marked while %s', async (_, change) => {
    const cluster = fakeCluster([c0])
    cluster.cib = change(cluster.cib)
    const { stdout } = await given(cluster).run('storage -l')
    expect(cellsOf(stdout)[1]?.[0]).toBe('(A)c0!')
  })

  test('a ban on one of several vhosts is no reason for a mark', async () => {
    const cluster = fakeCluster([c0])
    cluster.cib = withChildren(cluster.cib, 'constraints', ban('c0-mount', 'node1'))
    const { stdout } = await given(cluster).run('storage -l')
    expect(cellsOf(stdout)[1]?.[0]).toBe('(A)c0')
  })

  test('a storage that differs from what vhacs created is listed below, with the reason', async () => {
    const cluster = fakeCluster([c0, bare])
    cluster.cib = edited(cluster.cib, ({ attributes }) => (attributes.id === 'c0-drbd-export-order' ? [] : undefined))
    const { stdout } = await given(cluster).run('storage --list').succeeds()
    expect(cellsOf(stdout).map(([name]) => name)).toEqual(['STORAGE', '(A)West-1'])
    expect(stdout.at(-1)).toBe('c0 differs from what vhacs created: the constraint c0-drbd-export-order is missing')
  })

  test('without storages only the header is printed', async () => {
    const { stdout } = await given(fakeCluster()).run('storage --list').succeeds()
    expect(cellsOf(stdout)).toEqual([HEAD])
  })

  test('no node is queried', async () => {
    const cluster = fakeCluster([c0])
    await given(cluster).run('storage --list')
    const commands = cluster.ran.map(({ node, words: [tool, verb] }) => `${node}: ${tool} ${verb}`)
    expect(commands.sort()).toEqual(['node1: cibadmin --query', 'node1: crm_mon -1'])
  })
})

describe('storage --monitor1', () => {
  test('looks as it did in the first VHACS', async () => {
    const { stdout } = await given(fakeCluster([c0, bare])).run('storage -M')
    expect(stdout).toEqual([
      '_'.repeat(82),
      '| STORAGE   | DRBD:0   | DRBD:1   | DRBD TARGET | ISCSI MOUNT | FREE SPACE       |',
      '|___________|__________|__________|_____________|_____________|__________________|',
      '| (A)c0     | (P)node1 | (S)node2 | (S)node1    | (S)node2    | 940M/1008M (98%) |',
      '| (A)West-1 | (P)node2 | (S)node1 | (S)node2    | (S)node2    | 940M/1008M (98%) |',
      '|___________|__________|__________|_____________|_____________|__________________|',
    ])
  })

  test('wide names widen their columns, and every line is as long as the others', async () => {
    const wide = { ...c0, name: 'a-name-of-the-most-that-is-allow' }
    const { stdout } = await given(fakeCluster([wide, bare])).run('storage -M')
    expect(stdout.join('\n')).toContain('| (A)a-name-of-the-most-that-is-allow | (P)node1 |')
    expect(new Set(stdout.map(({ length }) => length)).size).toBe(1)
  })

  test('the space of a storage whose node is unreachable is a question mark', async () => {
    const cluster = fakeCluster([c0, { ...bare, preferredVhosts: ['node3'] }])
    node(cluster, 'node2').isUp = false
    const { stdout } = await given(cluster).run('storage -M').succeeds()
    expect(cellsOf(stdout).map(cells => cells.at(-1))).toEqual(['FREE SPACE', '?', '940M/1008M (98%)'])
  })
})

test('storage --listbig adds the service address and the directory', async () => {
  const { stdout } = await given(fakeCluster([c0])).run('storage -L')
  expect(cellsOf(stdout)).toEqual([
    [...HEAD, 'FREE SPACE', 'ADDRESS', 'DIRECTORY'],
    ['(A)c0', '(P)node1', '(S)node2', '(S)node1', '(S)node2', '940M/1008M (98%)', '10.77.1.100', '/srv/c0'],
  ])
})

describe('cluster --monitor1', () => {
  test('has a table of the nodes and one of the storages', async () => {
    const cluster = fakeCluster([c0, bare])
    cluster.cib = withNodeAttribute(cluster.cib, 'node3', 'vhacs-storage', 'false')
    const { stdout } = await given(cluster).run('cluster -M').succeeds()
    expect(cellsOf(stdout)).toEqual([
      ['NODE', 'HA STATUS', 'FREE STORAGE', 'STORAGE ROLE', 'VHOST ROLE'],
      ['(A)node1', 'online', '8.00G/10.00G', '1 exported', '0 mounted'],
      ['(A)node2', 'online', '8.00G/10.00G', '1 exported', '2 mounted'],
      // no role, and yet it has a volume group, as in the first VHACS
      ['(A)node3', 'online', '10.00G/10.00G', 'N/A', '0 mounted'],
      [...HEAD, 'FREE SPACE'],
      ['(A)c0', '(P)node1', '(S)node2', '(S)node1', '(S)node2', '940M/1008M (98%)'],
      ['(A)West-1', '(P)node2', '(S)node1', '(S)node2', '(S)node2', '940M/1008M (98%)'],
    ])
  })

  test('a node without the volume group, or without LVM, has no free space', async () => {
    const cluster = fakeCluster()
    node(cluster, 'node2').sizeBytes = 0
    node(cluster, 'node3').system.tools.delete('vgs')
    const { stdout } = await given(cluster).run('cluster -M').succeeds()
    expect(
      cellsOf(stdout)
        .map(cells => cells[2])
        .slice(0, 4),
    ).toEqual(['FREE STORAGE', '10.00G/10.00G', 'N/A', 'N/A'])
  })

  test('a node in standby has an S', async () => {
    const cluster = fakeCluster()
    cluster.cib = withNodeAttribute(cluster.cib, 'node2', 'standby', 'on')
    const { stdout } = await given(cluster).run('cluster -M')
    expect(cellsOf(stdout)[2]).toEqual(['(S)node2', 'standby', '10.00G/10.00G', '0 exported', '0 mounted'])
  })

  test('a node that is not in the cluster is not queried', async () => {
    const cluster = fakeCluster()
    cluster.cib = withMembership(cluster.cib, 'node2', 'left')
    node(cluster, 'node2').isUp = false
    const { stdout } = await given(cluster).run('cluster -M').succeeds()
    expect(cellsOf(stdout)[2]).toEqual(['(-)node2', 'offline', '?', '0 exported', '0 mounted'])
    expect(cluster.ran.filter(({ words: [tool] }) => tool === 'vgs').map(ran => ran.node)).toEqual(['node1', 'node3'])
  })

  test('an unreachable node is listed below, and the others are shown', async () => {
    const cluster = fakeCluster()
    node(cluster, 'node2').isUp = false
    const { stdout } = await given(cluster).run('cluster -M').succeeds()
    expect(cellsOf(stdout).map(cells => cells[2])).toEqual(
      expect.arrayContaining(['10.00G/10.00G', '?', '10.00G/10.00G']),
    )
    expect(stdout.at(-1)).toMatch(/^node2 could not be queried: ssh root@node2 exited with 255: .*No route to host$/)
  })

  test('is coloured where the terminal is to have colours, and nowhere else', async () => {
    const cluster = fakeCluster([c0])
    const { stdout: plain } = await given(cluster).run('cluster -M')
    const { stdout: coloured } = await given(cluster).run('cluster -M', { hasColour: true })
    expect(plain.join('')).not.toContain('\u001b')
    expect(coloured.join('')).toContain('\u001b[32m(A)node1\u001b[39m')
    expect(coloured.map(stripVTControlCharacters)).toEqual(plain)
  })
})

test.each([
  'cluster -M',
  'storage -l',
  'storage -L',
  'storage -M',
  'node -l',
  'node -i ALL',
])('%s changes nothing', async line => {
  const cluster = fakeCluster([c0])
  await given(cluster).run(line).succeeds()
  expect(cluster.ran.filter(command => !isReading(command))).toEqual([])
  const changes = cluster.nodes.flatMap(({ system }) => system.changes)
  // where ssh keeps its connections
  expect(changes.filter(change => !/^mkdir \/run(\/vhacs)?$/.test(change))).toEqual([])
})
