import { describe, expect, test } from 'vitest'
import { readCluster } from '../../../../cloud/cib/read/cluster.ts'
import { element } from '../../../../cloud/xml.ts'
import { type FakeCluster, fakeCluster, isLocking, node } from '../../../fake/cluster/cluster.ts'
import { edited, withMembership } from '../../cloud/cib.ts'
import { c0 } from '../../cloud/examples.ts'
import { given } from '../call.ts'

const CREATE = 'storage -c d1 -s 1G -n node1,node3'

/** Another vhacs holds the lock: a process of node2, which started at that time. */
function locked(cluster: FakeCluster, value = 'node2 77 1000'): FakeCluster {
  const holder = element('nvpair', { id: 'vhacs-lock-holder', name: 'vhacs-lock', value })
  const lock = element('cluster_property_set', { id: 'vhacs-lock' }, [holder])
  cluster.cib = edited(cluster.cib, found =>
    found.name === 'crm_config' ? [{ ...found, children: [...found.children, lock] }] : undefined,
  )
  return cluster
}
const stat = (pid: number, startTime: number) =>
  `${pid} (vha cs) x) S 1 ${pid} 4321 0 -1 4194560 1 0 0 0 1 1 0 0 20 0 7 0 ${startTime} 1000 200\n`
const isLocked = ({ cib }: FakeCluster) => cib.includes('vhacs-lock')
const namesOf = ({ cib }: FakeCluster) => readCluster(cib).clouds.map(({ name }) => name)

test('a create holds the lock while it plans and works, and releases it', async () => {
  const cluster = fakeCluster()
  const unlocked: string[] = []
  cluster.disturb = command => {
    if (!isLocking(command) && !isLocked(cluster)) unlocked.push(command.words[0] ?? '')
    return undefined
  }
  await given(cluster).run(CREATE).succeeds()
  // whether Pacemaker runs here at all
  expect(unlocked).toEqual(['cibadmin'])
  expect(isLocked(cluster)).toBe(false)
})

test.each([
  'storage -S c0',
  'storage -A c0',
  'storage -r c0',
  'storage -p node1 c0',
  'storage -u c0',
  'storage -D c0 --yes',
  'node -s storage node1',
  'node -d storage node1',
])('%s waits for another vhacs before it changes anything', async line => {
  const cluster = locked(fakeCluster([c0]))
  for (const one of cluster.nodes) one.system.put('/proc/drbd', 'version: 8.4.11 (api:1)\n')
  node(cluster, 'node2').system.put('/proc/77/stat', stat(77, 1000))
  const [before, begun] = [cluster.cib, cluster.system.now()]
  cluster.disturb = () => {
    if (cluster.system.now() <= begun + 4000) expect(cluster.cib).toBe(before)
    else node(cluster, 'node2').system.take('/proc/77')
    return undefined
  }
  const { stdout } = await given(cluster).run(line).succeeds()
  expect(stdout.filter(said => said.includes('waiting for vhacs on node2, process 77'))).toHaveLength(1)
  expect(isLocked(cluster)).toBe(false)
})

test('a create that fails releases the lock', async () => {
  const cluster = fakeCluster()
  cluster.disturb = ({ words: [tool] }) => (tool === 'lvcreate' ? 'fails' : undefined)
  await given(cluster).run(CREATE).fails()
  expect(isLocked(cluster)).toBe(false)
})

test.each([
  'fails',
  'fails afterwards',
] as const)('when acquiring the lock %s, nothing is changed and no lock remains', async how => {
  const cluster = fakeCluster()
  cluster.disturb = command => (isLocking(command) && command.words[1] === '--create' ? how : undefined)
  await given(cluster).run(CREATE).fails()
  expect(namesOf(cluster)).toEqual([])
  expect(isLocked(cluster)).toBe(false)
})

test('a lock that cannot be released is reported, and is not a failure', async () => {
  const cluster = fakeCluster()
  cluster.disturb = command => (isLocking(command) && command.words[1] === '--delete' ? 'fails' : undefined)
  const { stdout } = await given(cluster).run(CREATE).succeeds()
  expect(stdout.at(-1)).toMatch(/the lock could not be released: cibadmin .* exited with 99/)
})

test('where Pacemaker does not answer, nothing is said of a lock that nobody has', async () => {
  const cluster = fakeCluster()
  cluster.disturb = ({ words: [tool] }) => (tool === 'cibadmin' ? 'fails' : undefined)
  for (const line of ['node --forget node3', 'storage --setchap c0', 'cluster --part node3', 'cluster --join node4'])
    await given(cluster)
      .run(line)
      .fails(/cibadmin --query exited with 99/, [])
  // the lock may be the first that fails
  cluster.disturb = command => (isLocking(command) ? 'fails' : undefined)
  await given(cluster)
    .run('node --forget node3')
    .fails(/cibadmin --create .* exited with 99/, [])
})

test('a running vhacs is waited for', async () => {
  const cluster = locked(fakeCluster())
  node(cluster, 'node2').system.put('/proc/77/stat', stat(77, 1000))
  const begun = cluster.system.now()
  cluster.disturb = () => {
    if (cluster.system.now() > begun + 60_000) node(cluster, 'node2').system.take('/proc/77')
    return undefined
  }
  const { stdout } = await given(cluster).run(CREATE).succeeds()
  expect(stdout.filter(line => line.includes('waiting for vhacs'))).toEqual([
    expect.stringMatching(/^ +0\.0 s {2}waiting for vhacs on node2, process 77$/),
  ])
  expect(namesOf(cluster)).toEqual(['d1'])
  expect(isLocked(cluster)).toBe(false)
})

describe('a lock is broken when', () => {
  test('its process is gone', async () => {
    const cluster = locked(fakeCluster())
    await given(cluster).run(CREATE).succeeds()
    expect(isLocked(cluster)).toBe(false)
  })

  test('its pid now belongs to another process', async () => {
    const cluster = locked(fakeCluster())
    node(cluster, 'node2').system.put('/proc/77/stat', stat(77, 2000))
    await given(cluster).run(CREATE).succeeds()
  })

  test('its node has left the cluster', async () => {
    const cluster = locked(fakeCluster())
    node(cluster, 'node2').isUp = false
    cluster.cib = withMembership(cluster.cib, 'node2', 'left')
    node(cluster, 'node2').system.put('/proc/77/stat', stat(77, 1000))
    const { stderr } = await given(cluster).run('storage -c d1 --size 1T')
    expect(stderr).toEqual([expect.stringContaining('two storage nodes with')])
    expect(isLocked(cluster)).toBe(false)
  })
})

test('a lock whose node is unreachable, but in the cluster, is waited for half an hour and kept', async () => {
  const cluster = locked(fakeCluster())
  node(cluster, 'node2').isUp = false
  await given(cluster)
    .run(CREATE)
    .fails('vhacs: waiting for vhacs on node2, process 77: it has held the lock for 30 minutes')
  expect(isLocked(cluster)).toBe(true)
})

test('the wait for a lock can be interrupted', async () => {
  const cluster = locked(fakeCluster())
  node(cluster, 'node2').isUp = false
  const controller = new AbortController()
  const print = () => controller.abort(new Error('interrupted (SIGINT)'))
  await given(cluster).run(CREATE, { print, interruption: controller.signal }).fails('vhacs: interrupted (SIGINT)')
  expect(isLocked(cluster)).toBe(true)
})

test('if Pacemaker does not run, only that is reported, and no lock is attempted', async () => {
  const cluster = fakeCluster()
  cluster.system.tools.set('cibadmin', () => ({ status: 102, stderr: 'Could not connect to the CIB\n' }))
  const { stderr } = await given(cluster).run(CREATE).fails(undefined, [])
  expect(stderr).toEqual([expect.stringContaining('Pacemaker is not running on this node')])
})

test('a dry run takes no lock', async () => {
  const cluster = locked(fakeCluster())
  await given(cluster).run(`${CREATE} --dry-run`).succeeds()
  expect(cluster.ran.filter(isLocking)).toEqual([])
})

test.each([
  '',
  'node2 77',
  '$(id) 77 1000',
  'node2 77 1000 more',
  'node2 077 1000',
  '-oProxyCommand=id 77 1000',
])('a lock whose holder is %j counts as held, and the error shows how to remove it', async value => {
  const cluster = locked(fakeCluster(), value)
  const before = cluster.cib
  await given(cluster)
    .run(CREATE)
    .fails(/^vhacs: the lock of vhacs in the CIB does not name its holder: .* cibadmin --delete/)
  expect(cluster.cib).toBe(before)
  expect(cluster.ran.filter(({ words }) => words[0] === 'cat' && words.some(word => word.endsWith('/stat')))).toEqual(
    [],
  )
})
