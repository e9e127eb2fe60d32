import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { bareNodes, DISK } from '../../../fake/cluster/bare-nodes.ts'
import { type FakeCluster, fakeCluster, node } from '../../../fake/cluster/cluster.ts'
import { c0 } from '../../cloud/examples.ts'
import { given } from '../call.ts'

/* A malicious node: nothing from its answers is run on another node, or becomes an option, a path or a line of a file there. */

const MARK = 'PWNED'
const LIES = [
  `127.0.0.1;touch ${MARK};:`,
  `$(touch ${MARK})`,
  `--select=${MARK}`,
  `x"; } common { handlers { fence-peer "${MARK}"; } } #`,
]

/** A text in quotes that is not a key of JSON, or a word of a text without quotes. */
const VALUE = /"[^"\n]*"(?!\s*:)|(?<![\w"./:-])[\w./:-]+(?![\w"./:-])/g

/** The input that a command gave to the other nodes, and the number of values that node2 has printed. */
interface Watch {
  readonly given: string[]
  printed: number
}

/** Makes node2 forge the value of that number, counted over all that it prints; never, if there is no such value. */
function watchLiar(cluster: FakeCluster, position: number): Watch {
  const watch: Watch = { given: [], printed: 0 }
  const lie = (found: string) => {
    watch.printed += 1
    if (watch.printed - 1 !== position) return found
    const text = LIES[position % LIES.length] ?? ''
    return found.startsWith('"') ? JSON.stringify(text) : text
  }
  const { tools } = node(cluster, 'node2').system
  for (const [name, tool] of tools)
    tools.set(name, async (args, options) => {
      const result = await tool(args, options)
      return typeof result === 'number' ? result : { ...result, stdout: result.stdout?.replace(VALUE, lie) ?? '' }
    })
  for (const [name, tool] of cluster.system.tools)
    cluster.system.tools.set(name, (args, options) => {
      // it may do anything to itself
      if (!args.includes('root@node2')) watch.given.push([name, ...args, options.input ?? ''].join(' '))
      return tool(args, options)
    })
  return watch
}

const RECORDED = readFileSync(new URL('../../../fixtures/examination/debian-12.txt', import.meta.url), 'utf8')

/** A cluster whose nodes give the recorded answers of one. */
function examinedCluster(): FakeCluster {
  const cluster = fakeCluster([c0])
  for (const { system } of cluster.nodes) system.tools.set('sh', () => ({ status: 0, stdout: RECORDED }))
  return cluster
}

/** Enough of the values to cover each kind, and few enough for a test. */
const RUNS = 8

test.each([
  ['cluster --init node1,node2,node3 --dry-run', () => bareNodes().cluster],
  [`cluster --init node1,node2,node3 --roles storage,vhost --sbd-device ${DISK}`, () => bareNodes().cluster],
  ['cluster -c', examinedCluster],
  ['storage -c d1 -s 1G', () => fakeCluster([c0])],
  ['storage -D c0 --yes', () => fakeCluster([c0])],
  ['node -s vhost ALL', () => fakeCluster([c0])],
  ['node -i ALL', () => fakeCluster([c0])],
  ['storage -i c0', () => fakeCluster([c0])],
])(
  '%s gives nothing that node2 makes up to another node',
  async (line, make) => {
    const honest = make()
    const usual = watchLiar(honest, -1)
    await given(honest).run(line)
    expect(usual.printed).toBeGreaterThan(0)
    const stride = Math.max(1, usual.printed / RUNS)
    for (let position = 0; position < usual.printed; position += stride) {
      const cluster = make()
      const watch = watchLiar(cluster, Math.floor(position))
      const { stderr } = await given(cluster).run(line)
      expect(watch.given.filter(text => text.includes(MARK))).toEqual([])
      expect(stderr.join('\n')).not.toMatch(/TypeError|Unexpected token|is not valid JSON|is not a function/)
    }
  },
  120_000,
)

test('addresses of another node are arguments of a constant script', async () => {
  const world = bareNodes()
  const scripts: { input: string; args: readonly string[] }[] = []
  const { tools } = node(world.cluster, 'node1').system
  const sh = tools.get('sh')
  tools.set('sh', (args, options) => {
    scripts.push({ input: options.input ?? '', args })
    return sh?.(args, options) ?? 1
  })
  await given(world.cluster).run('cluster --init node1,node2,node3 --dry-run').succeeds()
  const ping = scripts.find(({ input }) => input.includes('ping -q'))
  expect(ping?.input).not.toMatch(/10\.77/)
  expect(ping?.args.slice(0, 2)).toEqual(['-s', '--'])
  expect(ping?.args).toContain('10.77.1.2')
})

test.each([
  'node1',
  '$(: >"$OUT")',
  '`: >"$OUT"`',
  'a;: >"$OUT"',
  'a\n: >"$OUT"',
  "a'b",
  '-x',
  '*',
])('the scripts of --check and --init never run text from a value: %j', async value => {
  const scripts: string[] = []
  for (const [cluster, line] of [
    [fakeCluster(), 'cluster -c'],
    [bareNodes().cluster, `cluster --init node1,node2 --sbd-device ${DISK} --dry-run`],
  ] as const) {
    const { tools } = node(cluster, 'node1').system
    const sh = tools.get('sh')
    tools.set('sh', (args, options) => {
      scripts.push(options.input ?? '')
      return sh?.(args, options) ?? 1
    })
    await given(cluster).run(line)
  }
  expect(scripts.length).toBeGreaterThan(2)
  const directory = mkdtempSync(join(tmpdir(), 'vhacs-scripts-'))
  try {
    const OUT = join(directory, 'out')
    for (const input of scripts) {
      // no tool is found: only the shell's built-in commands and its own expansion of arguments remain
      const { stdout, signal } = spawnSync('/bin/sh', ['-s', '--', value, value, value, value], {
        timeout: 20_000,
        killSignal: 'SIGKILL',
        input,
        env: { PATH: directory, OUT },
        cwd: directory,
        encoding: 'utf8',
      })
      expect(signal).toBe(null)
      expect(stdout).toContain(input.includes('section name;') ? '== name' : '')
      expect(existsSync(OUT)).toBe(false)
    }
  } finally {
    rmSync(directory, { recursive: true })
  }
}, 60_000)
