import { describe, expect, test } from 'vitest'
import { generatedChap } from '../../../../cloud/chap-files.ts'
import { readCluster } from '../../../../cloud/cib/read/cluster.ts'
import { type Element, element } from '../../../../cloud/xml.ts'
import {
  type Failure,
  type FakeCluster,
  fakeCluster,
  isLocking,
  isReading,
  node,
  type Ran,
} from '../../../fake/cluster/cluster.ts'
import { loseFileOnce, resourceFiles } from '../../../fake/cluster/drbdadm.ts'
import { edited, withMembership } from '../../cloud/cib.ts'
import { bare, c0 } from '../../cloud/examples.ts'
import { simulate } from '../../cloud/pacemaker.ts'
import { contentOf, given } from '../call.ts'

const DESTROY = 'storage --destroy c0 --yes'

const cloudsOf = ({ cib }: FakeCluster) => readCluster(cib).clouds.map(({ name }) => name)
const hasRun = ({ ran }: FakeCluster, ...tools: string[]) =>
  ran.filter(({ words: [tool = ''] }) => tools.includes(tool))

test('a destroyed cloud leaves nothing behind, and the others are unchanged', async () => {
  const cluster = fakeCluster([c0, bare])
  const { stdout } = await given(cluster).run(DESTROY).succeeds()
  expect(stdout.at(-1)).toMatch(/^ +0\.0 s {2}c0 is destroyed$/)
  expect(contentOf(cluster)).toEqual(contentOf(fakeCluster([bare])))
})

function activeOf(cluster: FakeCluster, name: string) {
  return cluster.active().filter(({ id }) => id.startsWith(`${name}-`))
}

test('it is stopped, then its data are removed, and finally its configuration', async () => {
  const cluster = fakeCluster([c0])
  const seen: string[] = []
  cluster.disturb = ({ words: [tool = '', verb] }) => {
    if (['lvremove', 'drbdadm'].includes(tool) || verb === '--patch')
      seen.push(`${tool}: ${cloudsOf(cluster).join() || 'no cloud'}, ${activeOf(cluster, 'c0').length} running`)
    return undefined
  }
  await given(cluster).run(DESTROY)
  const [running, stopped] = ['c0, 8 running', 'c0, 0 running']
  expect(seen).toEqual([
    // each change is tried on a copy first
    `cibadmin: ${running}`,
    `cibadmin: ${running}`,
    `drbdadm: ${stopped}`,
    `drbdadm: ${stopped}`,
    `lvremove: ${stopped}`,
    `lvremove: ${stopped}`,
    `cibadmin: ${stopped}`,
    `cibadmin: ${stopped}`,
  ])
})

describe('the history that Pacemaker has of a cloud', () => {
  /** A cluster whose Pacemaker has a history of c0 on node2, and deletes it at the `number`th look after the removal. */
  const withHistoryUntil = (number: number) => {
    const cluster = fakeCluster([c0, bare])
    const recorded = element('lrm_resource', { id: 'c0-drbd:0' })
    const inNode2 = (change: Element[]) =>
      edited(cluster.cib, found => {
        if (found.name !== 'node_state' || found.attributes.uname !== 'node2') return undefined
        return [{ ...found, children: [element('lrm', {}, [element('lrm_resources', {}, change)])] }]
      })
    cluster.cib = inNode2([recorded])
    let looks = 0
    cluster.disturb = ({ words: [tool = '', verb] }) => {
      if (tool === 'cibadmin' && verb === '--query' && cloudsOf(cluster).length === 1) {
        looks += 1
        if (looks === number) cluster.cib = inNode2([])
      }
      return undefined
    }
    return cluster
  }

  test('is gone when the cloud is destroyed', async () => {
    const { stdout } = await given(withHistoryUntil(3)).run(DESTROY).succeeds()
    expect(stdout.at(-1)).toMatch(/^ +4\.0 s {2}c0 is destroyed$/)
  })

  test('is named if Pacemaker does not delete it', async () => {
    const cluster = withHistoryUntil(100)
    await given(cluster)
      .run(DESTROY)
      .fails(
        /Pacemaker still has the history of c0-drbd on node2 after 60 s, and deletes it by itself; see "crm_mon -1rf"/,
      )
    expect(cloudsOf(cluster)).toEqual(['West-1'])
  })

  test('stays while its node is in standby', async () => {
    const cluster = withHistoryUntil(100)
    await given(cluster).run('node --standby node2 --interrupt').succeeds()
    await given(cluster).run(DESTROY).succeeds()
  })
})

test('no signature remains on the volume for the next user of its space', async () => {
  const cluster = fakeCluster([c0])
  const volumes = ['node1', 'node2'].map(name => node(cluster, name).volumes.get('c0'))
  await given(cluster).run(DESTROY)
  expect(volumes).toEqual([0, 1].map(() => expect.objectContaining({ hasMetadata: false, hasFilesystem: false })))
})

test('a drbdadm that fails because of the removal of another cloud is run again', async () => {
  const cluster = fakeCluster([c0, bare])
  for (const { system } of cluster.nodes) loseFileOnce(system)
  await given(cluster).run(DESTROY).succeeds()
  expect(hasRun(cluster, 'drbdadm')).toHaveLength(2)
  expect(contentOf(cluster)).toEqual(contentOf(fakeCluster([bare])))
})

test('several are destroyed in one call, by a range', async () => {
  const others = [1, 2, 3].map(number => ({
    ...c0,
    name: `d0${number}`,
    minor: number,
    directory: `/clouds/d0${number}`,
  }))
  const cluster = fakeCluster([c0, ...others])
  const { stdout } = await given(cluster).run('storage -D d01-2 --yes').succeeds()
  expect(stdout.filter(line => line.endsWith(': is destroyed')).map(line => line.slice(10))).toEqual([
    'd01: is destroyed',
    'd02: is destroyed',
  ])
  expect(cloudsOf(cluster)).toEqual(['c0', 'd03'])
})

describe('a cloud whose name reads as a range', () => {
  const called = (name: string, minor: number) => ({
    ...c0,
    name,
    minor,
    directory: `/clouds/${name}`,
    iqn: `${c0.iqn}${minor}`,
    address: `10.77.1.12${minor}`,
  })

  test('is destroyed by its name', async () => {
    const cluster = fakeCluster([called('db1-2', 1), called('db3', 3)])
    const { stdout } = await given(cluster).run('storage -D db1-2 --yes').succeeds()
    expect(stdout.at(-1)).toMatch(/db1-2 is destroyed$/)
    expect(cloudsOf(cluster)).toEqual(['db3'])
  })

  test('beside a cloud that the range contains is refused as ambiguous, and neither is destroyed', async () => {
    const cluster = fakeCluster([called('db1-2', 1), called('db2', 2)])
    const words = 'vhacs: "db1-2" is ambiguous: write db1-2-2 for the one name, or list db2 for the range'
    await given(cluster).run('storage -D db1-2 --yes').isRefused(words)
    expect(cloudsOf(cluster)).toEqual(['db1-2', 'db2'])
  })

  test('is destroyed by a range that contains only it', async () => {
    const cluster = fakeCluster([called('db1-2', 1), called('db2', 2)])
    await given(cluster).run('storage -D db1-2-2 --yes').succeeds()
    expect(cloudsOf(cluster)).toEqual(['db2'])
  })

  test('whose numbers go backwards is also destroyed', async () => {
    const cluster = fakeCluster([called('db9-2', 1)])
    await given(cluster).run('storage -D db9-2 --yes').succeeds()
    expect(cloudsOf(cluster)).toEqual([])
  })
})

test('of several, one that cannot be stopped is kept, and the others are destroyed', async () => {
  const cluster = fakeCluster([c0, bare])
  const { active } = cluster
  cluster.active = () => [...active(), { id: 'c0-lvm', node: 'node1', role: 'Started' }]
  await given(cluster)
    .run('storage -D ALL --yes')
    .fails(/^vhacs: 1 of 2 failed: c0: stopping c0: still running after 300 s/)
  expect(cloudsOf(cluster)).toEqual(['c0'])
})

test('with ALL, only confirmed clouds are destroyed, not those created meanwhile', async () => {
  const cluster = fakeCluster([c0, bare])
  const late = { ...c0, name: 'late', minor: 9, directory: '/clouds/late', iqn: `${c0.iqn}9`, address: '10.77.1.199' }
  const ask = async (question: string) => {
    expect(question).toMatch(/^Destroy all data on c0, West-1\?/)
    cluster.cib = fakeCluster([c0, bare, late]).cib
    return 'yes'
  }
  await given(cluster).run('storage -D ALL', { ask }).succeeds()
  expect(cloudsOf(cluster)).toEqual(['late'])
})

test('it is waited for until all its parts have stopped', async () => {
  const cluster = fakeCluster([c0])
  const begun = cluster.system.now()
  const { active } = cluster
  const all = active()
  cluster.active = () => (cluster.system.now() < begun + 60_000 ? all : active())
  const { stdout } = await given(cluster).run(DESTROY).succeeds()
  expect(stdout.at(-1)).toMatch(/^ +60\.0 s {2}c0 is destroyed$/)
})

test('a start in progress at the stop request is waited for', async () => {
  const cluster = fakeCluster([c0])
  const begun = cluster.system.now()
  cluster.pending = () => (cluster.system.now() < begun + 60_000 ? ['c0-lvm:1'] : [])
  const { stdout } = await given(cluster).run(DESTROY).succeeds()
  expect(stdout.at(-1)).toMatch(/^ +60\.0 s {2}c0 is destroyed$/)
})

test('it is waited for although crm_mon fails in between', async () => {
  const cluster = fakeCluster([c0])
  const begun = cluster.system.now()
  let isOrdered = false
  cluster.disturb = ({ words: [tool, verb] }) => {
    isOrdered ||= verb === '--patch'
    return isOrdered && tool === 'crm_mon' && cluster.system.now() < begun + 30_000 ? 'fails' : undefined
  }
  await given(cluster).run(DESTROY).succeeds()
  expect(contentOf(cluster)).toEqual(contentOf(fakeCluster()))
})

test('it is destroyed although another node is about to be fenced', async () => {
  const cluster = fakeCluster([c0])
  cluster.cib = withMembership(cluster.cib, 'node3', 'died')
  await given(cluster).run(DESTROY).succeeds()
  expect(cloudsOf(cluster)).toEqual([])
})

test('a cloud that does not stop is reported, and neither its configuration nor its data are removed', async () => {
  const cluster = fakeCluster([c0, bare])
  const { active } = cluster
  const all = active()
  cluster.active = () => [...active(), ...all.filter(({ id }) => id === 'c0-lvm' || id === 'c0-filesystem')]
  await given(cluster)
    .run(DESTROY)
    .fails(
      'vhacs: stopping c0: still running after 300 s: c0-lvm on node1, c0-lvm on node2, c0-filesystem on node2; see "crm_mon -1rf"',
    )
  expect(cloudsOf(cluster)).toEqual(['c0', 'West-1'])
  expect(hasRun(cluster, 'drbdadm', 'rm', 'lvremove')).toEqual([])
})

test('manual removal of a part does not prevent the destruction of the rest', async () => {
  const cluster = fakeCluster([c0])
  node(cluster, 'node1').volumes.delete('c0')
  node(cluster, 'node2').system.take('/etc/drbd.d/c0.res')
  await given(cluster).run(DESTROY).succeeds()
  expect(cluster.nodes.flatMap(one => [...one.volumes.keys(), ...resourceFiles(one)])).toEqual([])
})

describe('nothing is changed when', () => {
  const half = (cluster: FakeCluster) => {
    cluster.cib = edited(cluster.cib, found => (found.attributes.id === 'c0-drbd-export-order' ? [] : undefined))
  }
  const empty = (cluster: FakeCluster) => {
    cluster.cib = fakeCluster().cib
  }
  const whole = () => {}
  const missing = '(the constraint c0-drbd-export-order is missing)'
  const advice = 'or remove its remains with "vhacs storage --destroy c0 --force"'
  const noYes = (names: string) =>
    `this would destroy all data on ${names}; pass --yes to proceed (nothing was changed)`

  test.each<[string, string, (cluster: FakeCluster) => void, string]>([
    ['there is no such cloud', 'storage -D c9 --yes', whole, 'there is no storage c9 (storages: c0, West-1)'],
    ['a name is not one', 'storage -D c0;reboot --yes', whole, 'there is no storage c0;reboot (storages: c0, West-1)'],
    ['the loss of data of ALL is not confirmed', 'storage -D ALL', whole, noYes('c0, West-1')],
    ['there is none', 'storage -D ALL --yes', empty, 'there are no storages'],
    ['the loss of data is not confirmed', 'storage -D c0', whole, noYes('c0')],
    [
      'the cloud is not as it was made',
      DESTROY,
      half,
      `c0 differs from what vhacs created ${missing}: correct it with "crm configure", ${advice}`,
    ],
  ])('%s', async (_, line, change, words) => {
    const cluster = fakeCluster([c0, bare])
    change(cluster)
    const before = contentOf(cluster)
    await given(cluster).run(line).isRefused(`vhacs: ${words}`, [])
    expect(contentOf(cluster)).toEqual(before)
    expect(cluster.ran.filter(command => !isReading(command) && !isLocking(command))).toEqual([])
  })

  test('a storage node is unreachable', async () => {
    const cluster = fakeCluster([c0])
    const before = contentOf(cluster)
    node(cluster, 'node2').isUp = false
    const words = /^vhacs: ssh root@node2 exited with 255/
    await given(cluster).run(DESTROY).fails(words)
    expect(contentOf(cluster)).toEqual(before)
    expect(cluster.ran.filter(command => !isReading(command) && !isLocking(command))).toEqual([])
  })

  test('a process uses it, unless that is forced', async () => {
    const cluster = fakeCluster([c0, bare])
    const before = contentOf(cluster)
    node(cluster, 'node2').users.add(77)
    const words = 'vhacs: c0 is used on node2 by process 77: stop that first, or pass --force to try anyway'
    await given(cluster).run(DESTROY).isRefused(words)
    expect(contentOf(cluster)).toEqual(before)
    await given(cluster).run(`${DESTROY} --force`).succeeds()
    expect(contentOf(cluster)).toEqual(contentOf(fakeCluster([bare])))
  })

  test.each([
    [
      'a loop device',
      '/sys/block/loop0/loop/backing_file\t/srv/c0/image',
      'on node2 by loop device loop0 on /srv/c0/image (losetup -d /dev/loop0), which keeps it from being unmounted',
    ],
    [
      'a swap file',
      '/proc/swaps\tFilename\t\t\tType\n/proc/swaps\t/srv/c0/swap                file\t1\t0\t-2',
      'on node2 by swap file /srv/c0/swap (swapoff /srv/c0/swap), which keeps it from',
    ],
    [
      'an NFS export',
      '/proc/fs/nfsd/exports\t/srv/c0\t*(rw)',
      'on node2 by NFS export /srv/c0 (exportfs -u), which keeps it from',
    ],
    [
      'a backstore',
      '/sys/kernel/config/target/core/fileio_0/disk/udev_path\t/srv/c0/disk',
      'on node2 by LIO backstore fileio_0/disk on /srv/c0/disk, which keeps it from',
    ],
    [
      'a mount namespace of its own',
      'namespace /proc/88/mountinfo mnt:[4026532001]',
      'on node2 by the mount namespace of process 88: stop',
    ],
  ])('%s uses it', async (_, line, words) => {
    const cluster = fakeCluster([c0])
    const before = contentOf(cluster)
    node(cluster, 'node2').otherUsers.push(line)
    await given(cluster)
      .run(DESTROY)
      .isRefused(expect.stringContaining(`vhacs: c0 is used ${words}`))
    expect(contentOf(cluster)).toEqual(before)
  })

  test('an initiator outside the cluster uses it', async () => {
    const stranger = 'iqn.1993-08.org.debian:backup'
    const cluster = fakeCluster([{ ...c0, initiators: [...c0.initiators, stranger] }])
    for (const name of ['iqn.2004-10.com.debian:node2', stranger])
      node(cluster, 'node1').system.put(
        `/sys/kernel/config/target/iscsi/${c0.iqn}/tpgt_1/acls/${name}/info`,
        `InitiatorName: ${name}\n`,
      )
    const words = `vhacs: c0 is used by the initiator ${stranger}, which no node of the cluster has: stop that first, or pass --force to try anyway`
    await given(cluster).run(DESTROY).isRefused(words)
  })

  test('the cluster refuses the change', async () => {
    const cluster = fakeCluster([c0])
    const before = contentOf(cluster)
    cluster.disturb = ({ words: [tool] }) => (tool === 'crm_verify' ? 'fails' : undefined)
    await given(cluster).run(DESTROY).fails(expect.stringContaining('crm_verify'))
    expect(contentOf(cluster)).toEqual(before)
  })
})

describe('a destroy does not need drbdadm: it leaves nothing behind when', () => {
  test.each<['fails' | 'fails afterwards', 'Secondary' | undefined]>([
    ['fails', 'Secondary'],
    ['fails', undefined],
    ['fails afterwards', 'Secondary'],
  ])('that %s on every node, and DRBD is %s', async (how, role) => {
    const cluster = fakeCluster([c0])
    for (const { drbd } of cluster.nodes.slice(0, 2)) if (role) drbd.set('c0', role)
    cluster.disturb = ({ words: [tool] }) => (tool === 'drbdadm' ? how : undefined)
    await given(cluster).run(DESTROY).succeeds()
    expect(contentOf(cluster)).toEqual(contentOf(fakeCluster()))
  })

  test('and reports why DRBD does not release it', async () => {
    const cluster = fakeCluster([c0])
    const one = node(cluster, 'node1')
    one.drbd.set('c0', 'Secondary')
    one.system.tools.set('drbdsetup', () => ({
      status: 11,
      stderr: 'c0: State change failed: (-12) Device is held open by someone\n',
    }))
    cluster.disturb = ({ words: [tool] }) => (tool === 'drbdadm' ? 'fails' : undefined)
    await given(cluster)
      .run(DESTROY)
      .fails(/node1: drbdsetup down c0 exited with 11: .*held open/)
  })
})

describe('a destroy that failed can be repeated, after', async () => {
  /** With everything that a destroy may have to remove. */
  const complete = () => {
    const made = fakeCluster([{ ...c0, chap: generatedChap('c0') }])
    for (const { system } of made.nodes) system.put('/etc/vhacs/chap/c0', 'a secret')
    return made
  }
  const cluster = complete()
  await given(cluster).run(DESTROY)
  const ways = cluster.ran.flatMap((command, index): [string, Failure, number][] => {
    // drbdsetup takes down what drbdadm does not
    if (isReading(command) || isLocking(command) || command.words[0] === 'drbdadm') return []
    const what = `${command.node}: ${command.words.slice(0, 2).join(' ')}`
    // when the last one has done its work, nothing is left to destroy
    const isLast = index === cluster.ran.findLastIndex(other => !isLocking(other) && !isReading(other))
    return isLast
      ? [[what, 'fails', index]]
      : ['fails' as const, 'fails afterwards' as const].map(how => [what, how, index])
  })

  test.each(ways)('%s %s (command %i)', async (_, how, index) => {
    const again = complete()
    again.disturb = () => (again.ran.length - 1 === index ? how : undefined)
    await given(again).run(DESTROY).fails()
    again.disturb = () => undefined
    await given(again).run(DESTROY).succeeds()
    expect(contentOf(again)).toEqual(contentOf(fakeCluster()))
  })

  const tools = [...new Set(cluster.ran.filter(command => !isLocking(command)).map(({ words: [tool = ''] }) => tool))]
  /** A secret on a vhost that could not be queried is reported, and kept. */
  const content = (found: FakeCluster, tool: string) => {
    const { nodes, ...rest } = contentOf(found)
    return { ...rest, nodes: nodes.map(({ secrets, ...one }) => (tool === 'stat' ? one : { ...one, secrets })) }
  }
  const destroyTwice = async (isFailing: (command: Ran) => boolean) => {
    const again = complete()
    again.disturb = command => (isFailing(command) ? 'fails' : undefined)
    await given(again).run(DESTROY)
    again.disturb = () => undefined
    if (cloudsOf(again).length > 0) await given(again).run(DESTROY).succeeds()
    return again
  }

  const calls = tools.flatMap(tool => {
    const count = cluster.ran.filter(({ words }) => words[0] === tool).length
    return [...Array(count).keys()].map(index => [tool, index] as const)
  })

  test.each(calls)('%s failed on every node, from one call on (%i)', async (tool, first) => {
    let count = 0
    const isFailing = (command: Ran) => command.words[0] === tool && !isLocking(command) && count++ >= first
    expect(content(await destroyTwice(isFailing), tool)).toEqual(content(fakeCluster(), tool))
  })

  test('a node became unreachable in between', async () => {
    const again = fakeCluster([c0])
    const lost = node(again, 'node2')
    again.disturb = ({ words: [tool] }) => {
      if (tool === 'crm_mon') lost.isUp = false
      return undefined
    }
    await given(again).run(DESTROY).fails()
    expect(cloudsOf(again)).toEqual(['c0'])
    lost.isUp = true
    again.disturb = () => undefined
    await given(again).run(DESTROY).succeeds()
    expect(contentOf(again)).toEqual(contentOf(fakeCluster()))
  })

  test('drbdsetup was missing where DRBD refused a configuration that defines a resource twice', async () => {
    const again = fakeCluster([c0])
    const { system } = node(again, 'node2')
    system.put('/etc/drbd.d/copy.res', system.read('/etc/drbd.d/c0.res'))
    system.tools.delete('drbdsetup')
    await given(again).run(DESTROY).fails(expect.stringContaining('conflicting use of resource'))
    await given(again).run(DESTROY).succeeds()
    expect(again.nodes.flatMap(one => [...one.volumes.keys()])).toEqual([])
  })
})

test('a cloud cannot be started by anyone while it is being destroyed', async () => {
  const cluster = fakeCluster([c0])
  const seen: string[] = []
  cluster.disturb = ({ words: [tool] }) => {
    if (tool !== 'lvremove') return undefined
    // crm resource start c0-lvm-clone
    const started = edited(cluster.cib, found => (found.attributes.name === 'target-role' ? [] : undefined))
    seen.push(...simulate(started).executed)
    return undefined
  }
  await given(cluster).run(DESTROY).succeeds()
  expect(seen).toEqual([])
})

test('a cloud that could not be destroyed can be started again', async () => {
  const cluster = fakeCluster([c0])
  const before = contentOf(cluster)
  cluster.disturb = ({ words: [tool] }) => (tool === 'wipefs' ? 'fails' : undefined)
  await given(cluster).run(DESTROY).fails()
  await given(cluster).run('storage -A c0').succeeds()
  expect(contentOf(cluster).cib).toEqual(before.cib)
})

describe('by force', () => {
  const FORCED = `${DESTROY} --force`
  const without = (cluster: FakeCluster, id: string) => {
    cluster.cib = edited(cluster.cib, ({ attributes }) => (attributes.id === id ? [] : undefined))
    return cluster
  }

  test('a cloud that lacks a constraint is destroyed with its data', async () => {
    const cluster = without(fakeCluster([c0, bare]), 'c0-drbd-export-order')
    await given(cluster).run(FORCED).succeeds()
    expect(contentOf(cluster)).toEqual(contentOf(fakeCluster([bare])))
  })

  test('the remains of a cloud are removed, and its data, which are uncertain, are kept', async () => {
    const cluster = without(fakeCluster([c0, bare]), 'c0-mount')
    for (const id of [
      'c0-vhost-location',
      'c0-apart-location',
      'c0-linked-location',
      'c0-export-mount-start-order',
      'c0-mount-export-stop-order',
    ])
      without(cluster, id)
    for (const rank of [1, 2]) without(cluster, `c0-vhost-preference-${rank}`)
    const { stdout } = await given(cluster).run(FORCED).succeeds()
    expect(stdout.slice(-2)).toEqual([
      expect.stringMatching(/c0 is removed from the cluster$/),
      expect.stringMatching(
        /any data of c0 are left in place: look for its volume, \/etc\/drbd\.d\/c0\.res and \/etc\/vhacs\/chap\/c0$/,
      ),
    ])
    expect(contentOf(cluster).cib).toEqual(contentOf(fakeCluster([bare])).cib)
    expect(node(cluster, 'node1').volumes.has('c0')).toBe(true)
  })

  test('a resource that belongs to no cloud is not mistaken for one', async () => {
    await given(fakeCluster([c0]))
      .run('storage -D c9 --yes --force')
      .isRefused('vhacs: there is no storage c9 (storages: c0)')
  })

  const lost = (how: 'left' | 'died') => {
    const cluster = fakeCluster([{ ...c0, preferredVhosts: ['node1'] }])
    node(cluster, 'node2').isUp = false
    cluster.cib = withMembership(cluster.cib, 'node2', how)
    return cluster
  }

  test('a cloud is destroyed without a storage node that the cluster has lost, and the remains there are reported', async () => {
    const cluster = lost('left')
    const { stdout } = await given(cluster).run(FORCED).succeeds()
    expect(stdout.at(-1)).toMatch(
      /node2 is unreachable and still has its data of c0: when it is back, remove them there with "rm \/etc\/drbd\.d\/c0\.res; lvremove vhacs\/c0"$/,
    )
    expect(cloudsOf(cluster)).toEqual([])
    expect(node(cluster, 'node1').volumes.has('c0')).toBe(false)
    expect(node(cluster, 'node2').volumes.has('c0')).toBe(true)
  })

  test('which is the advice without --force', async () => {
    const cluster = lost('left')
    const words = /ssh root@node2 .*; if node2 is lost for good, pass --force to destroy c0 without it$/
    await given(cluster).run(DESTROY).fails(words)
    expect(cloudsOf(cluster)).toEqual(['c0'])
  })

  test.each([
    ['is in the cluster', undefined],
    ['is to be fenced', 'died'],
  ] as const)('but not without an unreachable node that %s', async (_, how) => {
    const cluster = how ? lost(how) : lost('left')
    if (!how) cluster.cib = fakeCluster([{ ...c0, preferredVhosts: ['node1'] }]).cib
    const before = contentOf(cluster)
    await given(cluster).run(FORCED).fails()
    expect(contentOf(cluster)).toEqual(before)
  })
})
