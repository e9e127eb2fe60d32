import { describe, expect, test } from 'vitest'
import { type FakeCluster, fakeCluster, node } from '../../../fake/cluster/cluster.ts'
import { run, runWords } from '../call.ts'

/** A cluster whose shells print their node and their input. */
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
])('cluster %s runs a command on every node, and prints the output of each', async flag => {
  const { status, stdout, stderr } = await runWords(withShells().system, ['cluster', flag, "echo 'a b'; true"])
  expect({ status, stderr }).toEqual({ status: 0, stderr: [] })
  expect(stdout).toEqual(
    ['node1', 'node2', 'node3'].flatMap(name => [`${name}: echo 'a b'; true`, `${name}: of ${name}`]),
  )
})

test('NODES before the option restrict it to these', async () => {
  const { stdout } = await run(withShells().system, 'cluster node2-3 -E uptime')
  expect(stdout.filter(line => line.includes('of'))).toEqual(['node2: of node2', 'node3: of node3'])
})

test('a range that is the name of a node is refused as ambiguous (usage, 2)', async () => {
  const cluster = withShells()
  cluster.cib = cluster.cib.replaceAll('"node3"', '"node1-2"')
  const { status, stderr } = await run(cluster.system, 'cluster node1-2 -E reboot')
  expect({ status, stderr }).toEqual({ status: 2, stderr: [expect.stringContaining('is ambiguous')] })
  expect(cluster.ran.filter(({ words: [tool] }) => tool === 'sh')).toEqual([])
})

test('without a cluster, a range is a range', async () => {
  const cluster = withShells()
  cluster.disturb = ({ words: [tool] }) => (tool === 'cibadmin' ? 'fails' : undefined)
  const { stdout } = await run(cluster.system, 'cluster node2-3 -E uptime')
  expect(stdout.filter(line => line.includes('of'))).toEqual(['node2: of node2', 'node3: of node3'])
})

test('named nodes need not be in a cluster', async () => {
  const cluster = withShells()
  cluster.disturb = ({ words: [tool] }) => (tool === 'cibadmin' ? 'fails' : undefined)
  expect((await run(cluster.system, 'cluster node1,node3 -P uptime')).status).toBe(0)
})

test('- runs a script from standard input', async () => {
  const { stdout } = await run(withShells().system, 'cluster node1,node2 -E -', { readInput: async () => 'echo x' })
  expect(stdout).toEqual(['node1: echo x', 'node1: of node1', 'node2: echo x', 'node2: of node2'])
})

test("ssh's messages about a node are printed without a carriage return", async () => {
  const cluster = withShells()
  const stderr = 'ssh: Could not resolve hostname node2: Name or service not known\r\n'
  node(cluster, 'node2').system.tools.set('sh', () => ({ status: 1, stdout: 'one\r\ntwo', stderr }))
  const { stdout, stderr: shown } = await run(cluster.system, 'cluster node2 -E uptime')
  expect(stdout).toEqual(['node2: one', 'node2: two'])
  expect(shown[0]).toBe('node2: ssh: Could not resolve hostname node2: Name or service not known')
})

describe('when the command fails on a node', () => {
  test.each(['-E', '-P'])('with %s it runs on the others, and the failure names the node (1)', async flag => {
    const { status, stdout, stderr } = await run(withShells().system, `cluster ${flag} fail`)
    expect({ status, stdout, stderr }).toEqual({
      status: 1,
      stdout: ['node1: fail', 'node1: of node1', 'node2: half', 'node3: fail', 'node3: of node3'],
      stderr: ['node2: no', 'vhacs: the command failed on node2 (3)'],
    })
  })

  test('because it is unreachable, the error of ssh is printed', async () => {
    const cluster = withShells()
    node(cluster, 'node2').isUp = false
    const { status, stderr } = await run(cluster.system, 'cluster -P uptime')
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: [expect.stringMatching(/^node2: ssh: .*No route to host$/), 'vhacs: the command failed on node2 (255)'],
    })
  })
})

test('in parallel, the output of a node is printed in one piece when the command has ended there', async () => {
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
  /** A cluster where the command does not end on node2, and Ctrl-C comes while it is running there. */
  function interruptedOn2() {
    const cluster = withShells()
    const controller = new AbortController()
    node(cluster, 'node2').system.tools.set('sh', () => {
      queueMicrotask(() => controller.abort(new Error('interrupted (SIGINT)')))
      return new Promise<number>(() => undefined)
    })
    return { cluster, terminal: { interruption: controller.signal } }
  }

  test('one node after another: it ends the wait, and the command is not started on the next', async () => {
    const { cluster, terminal } = interruptedOn2()
    expect(await run(cluster.system, 'cluster -E uptime', terminal)).toEqual({
      status: 1,
      stdout: ['node1: uptime', 'node1: of node1'],
      stderr: [
        'vhacs: interrupted (SIGINT); the command was running on node2 and may continue there; the command was not started on node3',
      ],
    })
  })

  test('in parallel: it ends the wait for the nodes where the command is still running', async () => {
    const { cluster, terminal } = interruptedOn2()
    const { status, stderr } = await run(cluster.system, 'cluster node1-2 -P fail', terminal)
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: ['vhacs: interrupted (SIGINT); the command was running on node2 and may continue there'],
    })
  })
})

test('a dry run prints where the command would run', async () => {
  const cluster = withShells()
  const { status, stdout } = await runWords(cluster.system, ['cluster', '-E', 'rm -rf x', '--dry-run'])
  expect(status).toBe(0)
  expect(stdout).toEqual(["node1: sh -c 'rm -rf x'", "node2: sh -c 'rm -rf x'", "node3: sh -c 'rm -rf x'"])
  expect(cluster.ran.some(({ words: [tool] }) => tool === 'sh')).toBe(false)
})
