import { describe, expect, test } from 'vitest'
import { clusterIn } from '../../../../cloud/cib/read/cluster.ts'
import { element } from '../../../../cloud/xml.ts'
import { type FakeCluster, fakeCluster, isLocking, isReading, node, type Ran } from '../../../fake/cluster/cluster.ts'
import { withHistory } from '../../../fake/cluster/history.ts'
import { type FakeVservers, hosting } from '../../../fake/cluster/vservers.ts'
import { parsedCib, withChildren } from '../../cloud/cib.ts'
import { c0 as example } from '../../cloud/examples.ts'
import { systemTar } from '../../system/nodes/trees/tar-members.ts'
import { contentOf, given } from '../call.ts'

/*
 * The first vserver of a storage that is mounted with nosuid.
 */

const c0 = { ...example, directory: '/clouds/c0', mountOptions: 'nosuid,nodev' }
const IMAGE = '/images/web.tar'
const CREATE = `vserver --create web0 --storage c0 --image ${IMAGE}`
const WHY = 'without nosuid, with which su and sudo would do nothing in web0'

interface Hosting extends FakeCluster {
  readonly fake: FakeVservers
}

function cluster(): Hosting {
  const made = fakeCluster([c0])
  made.system.put(IMAGE, systemTar({ name: './etc/mine', text: 'x' }).toString('latin1'))
  return Object.assign(made, { fake: hosting(made) })
}

const linesOf = (stdout: readonly string[]) => stdout.map(line => line.replace(/^ *[\d.]+ s {2}/, ''))
const optionsOf = ({ cib }: FakeCluster) => clusterIn(parsedCib(cib)).clouds[0]?.mountOptions
const namesOf = ({ cib }: FakeCluster) => clusterIn(parsedCib(cib)).vservers.complete.map(({ name }) => name)
const stateOf = (seen: Hosting) => ({ ...contentOf(seen), trees: [...seen.fake.trees] })
const isPatch = ({ words: [tool, verb], isOnCopy }: Ran) => tool === 'cibadmin' && verb === '--patch' && !isOnCopy
const changed = ({ ran }: FakeCluster) => ran.filter(command => !isReading(command) && !isLocking(command))

test('mounts it anew without nosuid, in the change that adds the vserver, and says why', async () => {
  const seen = cluster()
  const { stdout } = await given(seen).run(CREATE).succeeds()
  expect(linesOf(stdout)).toEqual(
    expect.arrayContaining([
      `c0 is mounted anew ${WHY}; nothing uses it now`,
      'adding web0 to the cluster, and mounting c0 without nosuid',
      'web0 is created',
    ]),
  )
  expect([optionsOf(seen), namesOf(seen)]).toEqual(['nodev', ['web0']])
  expect(seen.ran.filter(isPatch)).toHaveLength(1)
})

test('a dry run says so too, and changes nothing', async () => {
  const seen = cluster()
  const before = stateOf(seen)
  const { stdout } = await given(seen).run(`${CREATE} --dry-run`).succeeds()
  expect(stdout[0]).toBe(`c0 is mounted anew ${WHY}; nothing uses it now`)
  expect(stateOf(seen)).toEqual(before)
})

test('nothing else is unpacked while it is mounted anew', async () => {
  const seen = cluster()
  await given(seen).run(`vserver -c web0-2 --storage c0 --image ${IMAGE}`).succeeds()
  const order = seen.ran.flatMap(command => {
    if (isPatch(command)) return ['added']
    return command.words[1] === 'unpack' ? ['unpacked'] : []
  })
  expect(order.slice(0, 2)).toEqual(['unpacked', 'added'])
  expect([optionsOf(seen), namesOf(seen)]).toEqual(['nodev', ['web0', 'web1', 'web2']])
})

describe('a storage that is in use', () => {
  const used = () => {
    const seen = cluster()
    node(seen, 'node2').users.add(77)
    return seen
  }

  test('is refused, and who uses it is named', async () => {
    const seen = used()
    await given(seen)
      .run(CREATE)
      .isRefused(
        `vhacs: c0 would have to be mounted anew ${WHY}, but it is used on node2 by process 77: stop that first, pass --interrupt to proceed, or pass --keep-nosuid to leave it as it is`,
      )
    expect(changed(seen)).toEqual([])
  })

  test('is mounted anew nevertheless with --interrupt, with a warning', async () => {
    const seen = used()
    const { stdout } = await given(seen).run(`${CREATE} --interrupt`).succeeds()
    expect(stdout[0]).toBe(`WARNING: c0 is mounted anew ${WHY}; it is used on node2 by process 77`)
    expect(optionsOf(seen)).toBe('nodev')
  })

  test('by the kernel is refused with --interrupt too: the node would be fenced', async () => {
    const seen = cluster()
    node(seen, 'node2').otherUsers.push('/sys/block/loop0/loop/backing_file\t/clouds/c0/image')
    await given(seen)
      .run(`${CREATE} --interrupt`)
      .isRefused(/it is used on node2 by .* keeps it from being unmounted.*: stop that first, or pass --keep-nosuid/)
    expect(changed(seen)).toEqual([])
  })

  test('stays as it is with --keep-nosuid, with a warning', async () => {
    const seen = used()
    const { stdout } = await given(seen).run(`${CREATE} --keep-nosuid`).succeeds()
    expect(stdout[0]).toMatch(/^WARNING: c0 is mounted with nosuid, so su, sudo .* does nothing in containers on it/)
    expect(optionsOf(seen)).toBe('nosuid,nodev')
    // a choice that the next vserver does not change
    await given(seen).run(`vserver -c web1 --storage c0 --image ${IMAGE}`).succeeds()
    expect(optionsOf(seen)).toBe('nosuid,nodev')
  })

  test('since the image was unpacked is left alone, and nothing of the vserver is left', async () => {
    const seen = cluster()
    const before = stateOf(seen)
    seen.disturb = ({ words: [, word] }) => {
      if (word === 'put-in-place') node(seen, 'node2').users.add(77)
      return undefined
    }
    await given(seen)
      .run(CREATE)
      .fails(/adding web0 to the cluster, and mounting c0 without nosuid: .* used on node2 by process 77/)
    expect(stateOf(seen)).toEqual(before)
  })

  test('by another resource of the cluster is refused', async () => {
    const seen = cluster()
    const other = element('primitive', { id: 'nfs', class: 'ocf', provider: 'heartbeat', type: 'nfsserver' })
    const order = [
      ['id', 'nfs-order'],
      ['first', 'c0-mount'],
      ['then', 'nfs'],
      ['kind', 'Mandatory'],
    ]
    const constraints = [
      element('rsc_order', Object.fromEntries(order)),
      element('rsc_colocation', { id: 'nfs-with', rsc: 'nfs', 'with-rsc': 'c0-mount', score: 'INFINITY' }),
    ]
    const added = withChildren(seen.cib, 'resources', other)
    seen.cib = withHistory(withChildren(added, 'constraints', ...constraints), [
      ...seen.active(),
      { id: 'nfs', node: 'node2', role: 'Started' },
    ])
    await given(seen)
      .run(CREATE)
      .isRefused(/, but Pacemaker stops nfs for it: stop that first, pass --interrupt to proceed/)
  })
})

describe('a container that does not start', () => {
  const failing = () => {
    const seen = cluster()
    const { active } = seen
    seen.active = () => active().filter(({ id }) => id !== 'web0-container')
    const failure = { resource: 'web0-container', node: 'node2', action: 'start', reason: 'it has no init' }
    const fail = () => {
      seen.failures = [failure]
      return undefined
    }
    return { seen, active, fail }
  }

  test('leaves the options as they were', async () => {
    const { seen, fail } = failing()
    const before = stateOf(seen)
    seen.disturb = command => (isPatch(command) ? fail() : undefined)
    await given(seen)
      .run(CREATE)
      .fails(/it has no init$/)
    expect(stateOf(seen)).toEqual(before)
    expect(optionsOf(seen)).toBe('nosuid,nodev')
  })

  test('leaves the new ones where somebody uses the storage since', async () => {
    const { seen, fail } = failing()
    seen.disturb = command => {
      if (!isPatch(command)) return undefined
      node(seen, 'node2').users.add(77)
      return fail()
    }
    const { stdout } = await given(seen).run(CREATE).fails()
    expect(linesOf(stdout)).toContain(
      'WARNING: c0 stays mounted without nosuid, because it is used on node2 by process 77',
    )
    expect([optionsOf(seen), namesOf(seen)]).toEqual(['nodev', []])
  })

  test('while vhacs is killed in its undoing is started by the same command', async () => {
    const { seen, active, fail } = failing()
    let patches = 0
    seen.disturb = command => {
      if (isPatch(command)) patches += 1
      if (patches === 1) fail()
      return patches > 1 && !isReading(command) && !(isPatch(command) && patches === 2) ? 'fails' : undefined
    }
    await given(seen).run(CREATE).fails()
    Object.assign(seen, { active, failures: [], disturb: () => undefined })
    expect(clusterIn(parsedCib(seen.cib)).vservers.complete).toMatchObject([{ name: 'web0', state: 'standby' }])
    const { stdout } = await given(seen).run(CREATE).succeeds()
    expect(linesOf(stdout)).toContain('requesting the start of web0')
    expect(clusterIn(parsedCib(seen.cib)).vservers.complete).toMatchObject([{ name: 'web0', state: 'active' }])
  })
})
