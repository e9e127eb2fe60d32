import { describe, expect, test } from 'vitest'
import { type FakeCluster, fakeCluster, node } from '../../../fake/cluster/cluster.ts'
import { run, runWords } from '../call.ts'

/** A cluster whose shells say which node they are on, and what they were given. */
function withShells(): FakeCluster {
  const cluster = fakeCluster()
  for (const { name, system } of cluster.nodes)
    system.tools.set('sh', ([, command = ''], { input = '' }) => {
      cluster.ran.push({ node: name, words: ['sh', command] })
      if (command === 'fail' && name === 'node2') return { status: 3, stdout: 'half\n', stderr: 'no\n' }
      return { status: 0, stdout: `${command}${input}\nof ${name}\n` }
    })
  return cluster
}

test.each([
  '-E',
  '--exec',
  '-P',
  '--parallel-exec',
])('cluster %s runs a command on every node, and says what each said', async flag => {
  const { status, stdout, stderr } = await runWords(withShells().system, ['cluster', flag, "echo 'a b'; true"])
  expect({ status, stderr }).toEqual({ status: 0, stderr: [] })
  expect(stdout).toEqual(
    ['node1', 'node2', 'node3'].flatMap(name => [`${name}: echo 'a b'; true`, `${name}: of ${name}`]),
  )
})

test('on the nodes that are named before it, and no others', async () => {
  const { stdout } = await run(withShells().system, 'cluster node2-3 -E uptime')
  expect(stdout.filter(line => line.includes('of'))).toEqual(['node2: of node2', 'node3: of node3'])
})

test('a node that is called like a range is the one that is meant', async () => {
  const cluster = withShells()
  cluster.cib = cluster.cib.replaceAll('"node3"', '"node1-2"')
  const { status, stderr } = await run(cluster.system, 'cluster node1-2 -E reboot')
  expect({ status, stderr }).toEqual({ status: 2, stderr: [expect.stringContaining('is ambiguous')] })
  expect(cluster.ran.filter(({ words: [tool] }) => tool === 'sh')).toEqual([])
})

test('where no cluster can be asked, a range is one', async () => {
  const cluster = withShells()
  cluster.disturb = ({ words: [tool] }) => (tool === 'cibadmin' ? 'fails' : undefined)
  const { stdout } = await run(cluster.system, 'cluster node2-3 -E uptime')
  expect(stdout.filter(line => line.includes('of'))).toEqual(['node2: of node2', 'node3: of node3'])
})

test('named nodes need no cluster', async () => {
  const cluster = withShells()
  cluster.disturb = ({ words: [tool] }) => (tool === 'cibadmin' ? 'fails' : undefined)
  expect((await run(cluster.system, 'cluster node1,node3 -P uptime')).status).toBe(0)
})

test('- is a script from standard input', async () => {
  const { stdout } = await run(withShells().system, 'cluster node1,node2 -E -', { readInput: async () => 'echo x' })
  expect(stdout).toEqual(['node1: echo x', 'node1: of node1', 'node2: echo x', 'node2: of node2'])
})

describe('when one fails', () => {
  test.each(['-E', '-P'])('with %s the others are run, and it fails (1) naming it', async flag => {
    const { status, stdout, stderr } = await run(withShells().system, `cluster ${flag} fail`)
    expect({ status, stdout, stderr }).toEqual({
      status: 1,
      stdout: ['node1: fail', 'node1: of node1', 'node2: half', 'node3: fail', 'node3: of node3'],
      stderr: ['node2: no', 'vhacs: it failed on node2 (3)'],
    })
  })

  test('because its node does not answer, that is said', async () => {
    const cluster = withShells()
    node(cluster, 'node2').isUp = false
    const { status, stderr } = await run(cluster.system, 'cluster -P uptime')
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: [expect.stringMatching(/^node2: ssh: .*No route to host$/), 'vhacs: it failed on node2 (255)'],
    })
  })
})

test('in parallel, what a node said is printed in one piece as soon as it has ended there', async () => {
  const cluster = withShells()
  const { promise: others, resolve: otherIsPrinted } = Promise.withResolvers<void>()
  node(cluster, 'node1').system.tools.set('sh', async () => {
    await others
    return { status: 0, stdout: 'one\ntwo\n' }
  })
  const stdout: string[] = []
  const print = (line: string) => {
    stdout.push(line)
    if (line === 'node2: of node2') otherIsPrinted()
  }
  await run(cluster.system, 'cluster node1-2 -P uptime', { print })
  expect(stdout).toEqual(['node2: uptime', 'node2: of node2', 'node1: one', 'node1: two'])
})

describe('Ctrl-C', () => {
  /** A cluster where the command does not end on node2, and Ctrl-C comes when it is under way there. */
  function interruptedOn2() {
    const cluster = withShells()
    const controller = new AbortController()
    node(cluster, 'node2').system.tools.set('sh', () => {
      queueMicrotask(() => controller.abort(new Error('interrupted (SIGINT)')))
      return new Promise<number>(() => undefined)
    })
    return { cluster, terminal: { interruption: controller.signal } }
  }

  test('one after the other: it ends the wait, and the next is not begun', async () => {
    const { cluster, terminal } = interruptedOn2()
    expect(await run(cluster.system, 'cluster -E uptime', terminal)).toEqual({
      status: 1,
      stdout: ['node1: uptime', 'node1: of node1'],
      stderr: [
        'vhacs: interrupted (SIGINT); it was under way on node2, and may go on there; it was not begun on node3',
      ],
    })
  })

  test('in parallel: it ends the wait for those that have not ended', async () => {
    const { cluster, terminal } = interruptedOn2()
    const { status, stderr } = await run(cluster.system, 'cluster node1-2 -P fail', terminal)
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: ['vhacs: interrupted (SIGINT); it was under way on node2, and may go on there'],
    })
  })
})

test('a dry run says where it would be run', async () => {
  const cluster = withShells()
  const { status, stdout } = await runWords(cluster.system, ['cluster', '-E', 'rm -rf x', '--dry-run'])
  expect(status).toBe(0)
  expect(stdout).toEqual(["node1: sh -c 'rm -rf x'", "node2: sh -c 'rm -rf x'", "node3: sh -c 'rm -rf x'"])
  expect(cluster.ran.some(({ words: [tool] }) => tool === 'sh')).toBe(false)
})
