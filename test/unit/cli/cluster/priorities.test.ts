import { describe, expect, test } from 'vitest'
import { splitFindings } from '../../../../cli/cluster/check/split-findings.ts'
import { fencingIn } from '../../../../cli/cluster/examine/fencing/fencing.ts'
import { nvpairs } from '../../../../cloud/cib/elements.ts'
import { patchText } from '../../../../cloud/cib/patch.ts'
import { readCluster } from '../../../../cloud/cib/read/cluster.ts'
import { vserverCreations } from '../../../../cloud/cib/vservers/patches.ts'
import { descendants, type Element, element, parseXml } from '../../../../cloud/xml.ts'
import { type FakeCluster, fakeCluster, node } from '../../../fake/cluster/cluster.ts'
import { edited, FENCING_DEVICE, FENCING_HOSTS, withChildren } from '../../cloud/cib.ts'
import { bare, c0, web0 } from '../../cloud/examples.ts'
import { patched } from '../../cloud/pacemaker.ts'
import { given } from '../call.ts'

/* A cluster of two nodes, as it was formed and filled before priorities were known, unless a test says otherwise. */

const DUMP = 'UUID : 0e7a\nTimeout (watchdog) : 10\nTimeout (loop) : 1\nTimeout (msgwait) : 20'

const isPriority = ({ name, children }: Element) =>
  name === 'meta_attributes' && children.every(({ attributes }) => attributes.name === 'priority')

function formerCluster(says = DUMP): FakeCluster {
  const cluster = fakeCluster([c0, bare])
  cluster.cib = edited(cluster.cib, found => (isPriority(found) || found.attributes.uname === 'node3' ? [] : undefined))
  for (const name of ['node1', 'node2']) {
    const stdout = `== date\n0\n== slot-times\n${says}\n== later\n0\n`
    node(cluster, name).system.tools.set('sh', () => ({ status: 0, stdout }))
  }
  return cluster
}

const pair = (owner: string, name: string, value: string) => element('nvpair', { id: `${owner}-${name}`, name, value })

function withProperty(cib: string, name: string, value: string): string {
  return withChildren(cib, 'options', pair('options', name, value))
}

const withSet =
  (kind: 'meta_attributes' | 'instance_attributes', owner: string, name: string, value: string) => (cib: string) =>
    withChildren(cib, owner, element(kind, { id: `${owner}-${kind}` }, [pair(owner, name, value)]))

/** The priority of each primitive that has its own. */
function prioritiesIn(cib: string): Record<string, string | undefined> {
  const found = descendants(parseXml(cib), 'primitive')
  return Object.fromEntries(
    found.flatMap(primitive => {
      const { priority } = nvpairs(primitive, 'meta_attributes')
      return priority === undefined ? [] : [[primitive.attributes.id ?? '', priority]]
    }),
  )
}

function property(cib: string, name: string): string | undefined {
  return descendants(parseXml(cib), 'nvpair').find(({ attributes }) => attributes.name === name)?.attributes.value
}

const ALL = {
  [FENCING_DEVICE]: '1',
  'c0-target': '2',
  'c0-filesystem': '1000',
  [`${bare.name}-target`]: '2',
  [`${bare.name}-filesystem`]: '1000',
}

describe('--setpriorities', () => {
  test('sets everything in one change', async () => {
    const cluster = formerCluster()
    await given(cluster).run('cluster --setpriorities').succeeds()
    expect(prioritiesIn(cluster.cib)).toEqual(ALL)
    expect(property(cluster.cib, 'priority-fencing-delay')).toBe('10s')
    expect(property(cluster.cib, 'stonith-timeout')).toBeUndefined()
    expect(cluster.ran.filter(({ words, isOnCopy }) => words.includes('--patch') && !isOnCopy)).toHaveLength(1)
  })

  test('sets those of containers', async () => {
    const cluster = formerCluster()
    const added = patched(cluster.cib, patchText(vserverCreations(web0, c0))).cib
    cluster.cib = edited(added, found => (isPriority(found) ? [] : undefined))
    await given(cluster).run('cluster --setpriorities').succeeds()
    expect(prioritiesIn(cluster.cib)).toEqual({ ...ALL, 'web0-container': '100000' })
  })

  test('the second time there is nothing to do', async () => {
    const cluster = formerCluster()
    await given(cluster).run('cluster --setpriorities')
    const before = cluster.cib
    await given(cluster).run('cluster --setpriorities').succeeds(['nothing is missing'])
    expect(cluster.cib).toBe(before)
  })

  test('in a dry run changes nothing, and says what it would set', async () => {
    const cluster = formerCluster()
    const before = cluster.cib
    const { stdout } = await given(cluster).run('cluster --setpriorities --dry-run').succeeds()
    expect(stdout.join()).toContain('the priority of c0-filesystem to 1000')
    expect(cluster.cib).toBe(before)
  })

  test.each<[string, (cib: string) => string, Record<string, string>]>([
    ['a longer delay', cib => withProperty(cib, 'priority-fencing-delay', '1min'), { 'stonith-timeout': '100s' }],
    ['a longer time-out', cib => withProperty(cib, 'stonith-timeout', '200s'), { 'priority-fencing-delay': '10s' }],
  ])('leaves %s as it is, and fits the other to it', async (_, change, expected) => {
    const cluster = formerCluster()
    cluster.cib = change(cluster.cib)
    const [name = '', value] = Object.entries(expected)[0] ?? []
    await given(cluster).run('cluster --setpriorities').succeeds()
    expect(property(cluster.cib, name)).toBe(value)
    expect(cluster.cib).toMatch(/value="(1min|200s)"/)
  })

  test.each<[string, (cib: string) => string, Record<string, string>]>([
    ['of a resource', withSet('meta_attributes', 'c0-target', 'priority', '7'), { ...ALL, 'c0-target': '7' }],
    [
      'of a group, which its members inherit',
      cib => withChildren(cib, 'c0-mount-meta_attributes', pair('c0-mount', 'priority', '10')),
      Object.fromEntries(Object.entries(ALL).filter(([id]) => id !== 'c0-filesystem')),
    ],
  ])('leaves the priority %s as an operator has set it', async (_, change, expected) => {
    const cluster = formerCluster()
    cluster.cib = change(cluster.cib)
    await given(cluster).run('cluster --setpriorities').succeeds()
    expect(prioritiesIn(cluster.cib)).toEqual(expected)
  })

  test.each([
    ['pcmk_delay_max', '5s', '15s'],
    ['pcmk_delay_base', 'node1:3s;node2:0', '13s'],
    ['pcmk_delay_base', '2', '12s'],
  ])('with %s of %s, which Pacemaker adds, sets a delay of %s', async (parameter, value, delay) => {
    const cluster = formerCluster()
    cluster.cib = withSet('instance_attributes', FENCING_DEVICE, parameter, value)(cluster.cib)
    await given(cluster).run('cluster --setpriorities').succeeds()
    expect(property(cluster.cib, 'priority-fencing-delay')).toBe(delay)
  })

  test('with slots whose time-outs are longer, sets a longer delay and time-out of fencing', async () => {
    const cluster = formerCluster(DUMP.replace(': 10', ': 30').replace(': 20', ': 60'))
    await given(cluster).run('cluster --setpriorities').succeeds()
    expect(property(cluster.cib, 'priority-fencing-delay')).toBe('30s')
    expect(property(cluster.cib, 'stonith-timeout')).toBe('150s')
  })

  test('of devices that switch power, gives one a priority', async () => {
    const cluster = formerCluster('')
    const device = (id: string) => element('primitive', { id, class: 'stonith', type: 'fence_ipmilan' })
    cluster.cib = edited(cluster.cib, ({ attributes }) =>
      attributes.id === FENCING_DEVICE ? [device('ipmi1'), device('ipmi2')] : undefined,
    )
    await given(cluster).run('cluster --setpriorities').succeeds()
    expect(prioritiesIn(cluster.cib)).toMatchObject({ ipmi1: '1' })
    expect(prioritiesIn(cluster.cib)).not.toHaveProperty('ipmi2')
    expect(property(cluster.cib, 'priority-fencing-delay')).toBe('15s')
  })

  test('gives a clone of a device none: it runs on both nodes', async () => {
    const cluster = formerCluster()
    cluster.cib = edited(cluster.cib, found =>
      found.attributes.id === FENCING_DEVICE ? [element('clone', { id: 'both' }, [found])] : undefined,
    )
    await given(cluster).run('cluster --setpriorities').succeeds()
    expect(prioritiesIn(cluster.cib)).not.toHaveProperty(FENCING_DEVICE)
    expect(prioritiesIn(cluster.cib)).toHaveProperty('c0-filesystem')
  })

  test.each<[string, (cluster: FakeCluster) => void, RegExp]>([
    [
      'without a fencing device',
      cluster => {
        cluster.cib = edited(cluster.cib, ({ attributes }) => (attributes.id === FENCING_DEVICE ? [] : undefined))
      },
      /no fencing device/,
    ],
    [
      'where no node can read the time-outs of sbd',
      cluster => {
        for (const { system } of cluster.nodes) system.tools.set('sh', () => 0)
      },
      /time-outs/,
    ],
  ])('is refused %s', async (_, change, why) => {
    const cluster = formerCluster()
    change(cluster)
    const before = cluster.cib
    await given(cluster).run('cluster --setpriorities').isRefused(why)
    expect(cluster.cib).toBe(before)
  })
})

describe('--check', () => {
  /** What it finds, of a node that says this. */
  function found(cib: string, says = DUMP): string[] {
    const examinations = [
      { node: 'node1', sections: new Map([['slot-times', says]]), clockLeadSeconds: 0, clockDoubtSeconds: 0 },
    ]
    const root = parseXml(cib)
    return splitFindings(root, readCluster(cib), { fencing: fencingIn(root), examinations }).map(
      ({ what, todo }) => `${what}; ${todo}`,
    )
  }

  test('of a cluster that was formed before names what is missing, and the command', () => {
    const [first, ...more] = found(formerCluster().cib)
    expect(more).toEqual([])
    expect(first).toContain(`priority-fencing-delay is not set; no priority is set for ${FENCING_DEVICE}, `)
    expect(first).toContain('and 2 more')
    expect(first).toContain('vhacs cluster --setpriorities')
  })

  test('finds nothing after --setpriorities', async () => {
    const cluster = formerCluster()
    await given(cluster).run('cluster --setpriorities')
    expect(found(cluster.cib)).toEqual([])
  })

  test.each([
    ['a short delay', 'priority-fencing-delay', '3s', 'priority-fencing-delay is 3s, but should be 10s'],
    ['a short time-out', 'stonith-timeout', '30s', 'stonith-timeout is 30s, but should be 50s'],
  ])('finds %s', (_, name, value, what) => {
    expect(found(withProperty(formerCluster().cib, name, value)).join()).toContain(what)
  })

  test('does not find fault with a time of a form that is unknown', () => {
    expect(found(withProperty(formerCluster().cib, 'priority-fencing-delay', 'PT10S')).join()).not.toContain('PT10S')
  })

  /** The parameters of the device that say which nodes it can fence. */
  async function withHosts(parameters: Readonly<Record<string, string>>): Promise<string[]> {
    const cluster = formerCluster()
    await given(cluster).run('cluster --setpriorities')
    const pairs = Object.entries(parameters).map(([name, value]) => pair(FENCING_HOSTS, name, value))
    return found(
      edited(cluster.cib, set => (set.attributes.id === FENCING_HOSTS ? [{ ...set, children: pairs }] : undefined)),
    )
  }

  test.each<Record<string, string>>([
    {},
    { pcmk_host_check: 'dynamic-list' },
    { pcmk_host_check: 'status' },
  ])('finds that Pacemaker queries a device with %j before each fencing', async parameters => {
    const [first, ...more] = await withHosts(parameters)
    expect(more).toEqual([])
    expect(first).toContain(`before each fencing, Pacemaker queries ${FENCING_DEVICE} for its targets`)
    expect(first).toContain(`crm_resource -r ${FENCING_DEVICE} -p pcmk_host_check -v none`)
  })

  test.each<Record<string, string>>([
    { pcmk_host_check: 'none' },
    { pcmk_host_check: 'static-list', pcmk_host_list: 'node1 node2' },
    { pcmk_host_list: 'node1 node2' },
    { pcmk_host_map: 'node1:1;node2:2' },
  ])('finds nothing with %j', async parameters => {
    expect(await withHosts(parameters)).toEqual([])
  })

  test('finds nothing in a cluster of three nodes, where a majority decides', () => {
    expect(found(fakeCluster([c0]).cib)).toEqual([])
  })

  test('a cluster that was formed before is read as before: the priorities are no deviation', () => {
    const { clouds, incomplete } = readCluster(formerCluster().cib)
    expect(clouds.map(({ name }) => name).sort()).toEqual([bare.name, 'c0'].sort())
    expect(incomplete).toEqual([])
  })
})
