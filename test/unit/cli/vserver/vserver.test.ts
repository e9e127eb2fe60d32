import { describe, expect, test } from 'vitest'
import { clusterIn } from '../../../../cloud/cib/read/cluster.ts'
import type { Vserver } from '../../../../cloud/cloud.ts'
import { constraintElements, resourceElements } from '../../../../cloud/compose/cib-xml.ts'
import { composeVserver } from '../../../../cloud/compose/vservers/vserver.ts'
import { type FakeCluster, fakeCluster, isLocking, isReading, type Ran } from '../../../fake/cluster/cluster.ts'
import { type FakeVservers, hosting } from '../../../fake/cluster/vservers.ts'
import { edited, parsedCib } from '../../cloud/cib.ts'
import { db0, c0 as example, web0 } from '../../cloud/examples.ts'
import { contentOf, given, runWords } from '../call.ts'

const c0 = { ...example, directory: '/clouds/c0' }

interface Hosting extends FakeCluster {
  readonly fake: FakeVservers
}

/** A cluster whose only storage has containers. */
function cluster(vservers: readonly Vserver[] = [web0, db0], cloud = c0): Hosting {
  const made = fakeCluster([cloud])
  const composed = vservers.map(vserver => composeVserver(vserver, cloud))
  made.cib = edited(made.cib, found => {
    const added = { resources: composed.flatMap(resourceElements), constraints: composed.flatMap(constraintElements) }
    const more = found.name === 'resources' || found.name === 'constraints' ? added[found.name] : undefined
    return more && [{ ...found, children: [...found.children, ...more] }]
  })
  const fake = hosting(made)
  for (const { tree } of vservers)
    fake.trees.set(`/clouds/c0/${tree}`, { archive: Buffer.alloc(0), firstId: 0, isMarked: false })
  return Object.assign(made, { fake })
}

const statesOf = ({ cib }: FakeCluster) =>
  clusterIn(parsedCib(cib)).vservers.complete.map(({ name, state }) => `${name} ${state}`)
const treesOf = ({ fake }: Hosting) => [...fake.trees.keys()].sort()
const cellsOf = (lines: readonly string[]) =>
  lines
    .filter(line => line.startsWith('| '))
    .map(line =>
      line
        .split('|')
        .slice(1, -1)
        .map(cell => cell.trim()),
    )
const linesOf = (stdout: readonly string[]) => stdout.map(line => line.replace(/^ *[\d.]+ s {2}/, ''))

describe('tables', () => {
  test('--list: a line for each, with the node that runs it', async () => {
    const { stdout } = await given(cluster()).run('vserver --list').succeeds()
    expect(cellsOf(stdout)).toEqual([
      ['VSERVER', 'STORAGE', 'NODE', 'ADDRESS'],
      ['(A)db0', 'c0', '(S)node2', '192.0.2.10'],
      ['(A)web0', 'c0', '(S)node2', '-'],
    ])
  })

  test('--listbig: also network and directory', async () => {
    const { stdout } = await given(cluster([db0]))
      .run('vserver -L')
      .succeeds()
    expect(cellsOf(stdout)[1]).toEqual([
      '(A)db0',
      'c0',
      '(S)node2',
      '192.0.2.10',
      'bridge:br0',
      '/clouds/c0/servers/db',
    ])
  })

  test('what is in standby, failed or degraded is marked', async () => {
    const seen = cluster([web0, db0, { ...web0, name: 'web1', tree: 'web1', state: 'standby' }])
    const failure = { node: 'node2', action: 'monitor' }
    seen.failures = [
      { ...failure, resource: 'web0-container', reason: 'a unit has failed', isDegraded: true },
      { ...failure, resource: 'db0-container', reason: 'its init is gone' },
    ]
    const { stdout } = await given(seen).run('vserver -M')
    expect(cellsOf(stdout).slice(1)).toEqual([
      ['(A)db0', 'c0', '(F)node2', '192.0.2.10'],
      ['(A)web0', 'c0', '(S)node2!', '-'],
      ['(S)web1', 'c0', '-', '-'],
    ])
    expect(stdout.at(-1)).toBe('!: a vserver that is degraded; "vhacs vserver --info VSERVERS" says why')
  })

  test('JSON has the same, as its schema says', async () => {
    const seen = cluster([db0])
    const list = JSON.parse((await given(seen).run('vserver -l --json').succeeds()).stdout.join('\n'))
    const state = {
      ...{ name: 'db0', storage: 'c0', state: 'active', address: '192.0.2.10', network: 'bridge:br0' },
      container: { node: 'node2', isFailed: false, isDegraded: false },
      directory: '/clouds/c0/servers/db',
    }
    expect(list).toEqual({ vservers: [state], incomplete: [] })
    const info = JSON.parse((await given(seen).run('vserver -i db0 --json').succeeds()).stdout.join('\n'))
    expect(info).toEqual({ vservers: [{ ...state, parameters: db0.parameters, failures: [] }] })
  })

  test('one that differs from what vhacs created is named', async () => {
    const seen = cluster([web0])
    seen.cib = edited(seen.cib, ({ attributes }) => (attributes.id === 'web0-mount-vserver-order' ? [] : undefined))
    const { stdout } = await given(seen).run('vserver -l')
    expect(stdout.at(-1)).toMatch(/^web0 differs from what vhacs created: /)
    await given(seen)
      .run('vserver -S web0')
      .isRefused(/^vhacs: web0 differs from what vhacs created \(.*\): correct it with "crm configure"$/)
  })

  test('--info shows its parameters, its failures and how to get a shell', async () => {
    const seen = cluster([db0])
    seen.failures = [{ resource: 'db0-container', node: 'node2', action: 'monitor', reason: 'x', isDegraded: true }]
    const { stdout } = await given(seen).run('vserver --info db0').succeeds()
    const text = stdout.join('\n').replace(/ +/g, ' ')
    for (const line of [
      'container: on node2',
      'directory: /clouds/c0/servers/db',
      'memory max: 2G',
      'shell: vhacs vserver --shell db0',
      'degraded: db0-container: monitor on node2: x',
    ])
      expect(text).toContain(line)
  })
})

describe('standby, active and restart', () => {
  test('a vserver goes into standby and comes back, and nothing else is touched', async () => {
    const seen = cluster()
    const before = contentOf(seen)
    const { stdout } = await given(seen).run('vserver -S web0').succeeds()
    expect(stdout.at(-1)).toMatch(/web0: in standby$/)
    expect(statesOf(seen)).toEqual(['db0 active', 'web0 standby'])
    expect(seen.active().some(({ id }) => id === 'web0-container')).toBe(false)
    await given(seen).run('vserver --active web0').succeeds()
    expect(contentOf(seen)).toEqual(before)
  })

  test('a restart stops all, then starts them', async () => {
    const seen = cluster()
    const before = contentOf(seen)
    const { stdout } = await given(seen).run('vserver -r ALL').succeeds()
    expect(linesOf(stdout)).toEqual([
      'requesting the stop of db0, web0',
      'stopping db0, web0',
      'requesting the start of db0, web0',
      'waiting until db0, web0 is ready',
      'db0, web0: ready again',
    ])
    expect(contentOf(seen)).toEqual(before)
  })

  test('a restart that is interrupted while it stops starts them again', async () => {
    const seen = cluster()
    const all = seen.active()
    seen.active = () => all
    const controller = new AbortController()
    const print = (line: string) => {
      if (line.endsWith('stopping web0')) controller.abort(new Error('interrupted (SIGINT)'))
    }
    await given(seen)
      .run('vserver -r web0', { print, interruption: controller.signal })
      .fails('vhacs: stopping web0: interrupted (SIGINT)')
    expect(statesOf(seen)).toEqual(['db0 active', 'web0 active'])
  })

  test('a start that fails is reported at once, an earlier failure is not', async () => {
    const seen = cluster([{ ...web0, state: 'standby' }])
    const earlier = { resource: 'web0-container', node: 'node1', action: 'start', reason: 'long ago' }
    seen.failures = [earlier]
    const { active } = seen
    seen.active = () => active().filter(({ id }) => id !== 'web0-container')
    seen.disturb = ({ words: [, verb] }) => {
      if (verb === '--patch') seen.failures = [earlier, { ...earlier, node: 'node2', reason: 'no init' }]
      return undefined
    }
    await given(seen)
      .run('vserver -A web0')
      .fails('vhacs: waiting until web0 is ready: start of web0-container failed on node2: no init')
  })

  test.each([
    ['-A web9', 'vhacs: there is no vserver web9 (vservers: db0, web0)'],
    ['-S c0', 'vhacs: there is no vserver c0 (vservers: db0, web0)'],
  ])('%s is refused', async (words, why) => {
    await given(cluster()).run(`vserver ${words}`).isRefused(why)
  })

  test('of one whose storage is in standby is refused', async () => {
    const seen = cluster([{ ...web0, state: 'standby' }])
    await given(seen).run('storage -S c0')
    await given(seen)
      .run('vserver -A web0')
      .isRefused(/web0 cannot start, because its storage c0 is in standby: start that with "vhacs storage --active c0"/)
  })

  test('dry runs change nothing', async () => {
    const seen = cluster()
    const before = contentOf(seen)
    for (const words of ['-S web0', '-r web0', '-A web0', '-u web0', '-D web0'])
      await given(seen).run(`vserver ${words} --dry-run`).succeeds()
    expect(contentOf(seen)).toEqual(before)
    expect(treesOf(seen)).toEqual(['/clouds/c0/servers/db', '/clouds/c0/web0'])
  })
})

test('--unfail clears the failures of one', async () => {
  const seen = cluster()
  const failure = { node: 'node2', action: 'start', reason: 'x' }
  seen.failures = [
    { ...failure, resource: 'web0-container' },
    { ...failure, resource: 'db0-container' },
  ]
  await given(seen).run('vserver -u web0').succeeds()
  expect(seen.failures.map(({ resource }) => resource)).toEqual(['db0-container'])
})

describe('--destroy', () => {
  test('stops a vserver, removes its directory, and then what the cluster knows', async () => {
    const seen = cluster()
    const without = contentOf(cluster([db0])).cib
    const { stdout } = await given(seen).run('vserver -D web0 --yes').succeeds()
    expect(linesOf(stdout)).toEqual([
      'requesting the stop of web0',
      'stopping web0',
      'removing /clouds/c0/web0 on node2',
      'removing web0-vserver from the cluster',
      'waiting until Pacemaker has deleted its history',
      'web0 is destroyed',
    ])
    expect(contentOf(seen).cib).toEqual(without)
    expect(treesOf(seen)).toEqual(['/clouds/c0/servers/db'])
  })

  test.each([
    ['nodev', "options: 'nosuid,nodev'"],
    ['', "options: 'nosuid'"],
    ['suid,noatime', "options: 'nosuid,noatime'"],
    ['nosuid,nodev', undefined],
  ])('of the last one on a mount with %j says how it gets nosuid again: %s', async (mountOptions, options) => {
    const seen = cluster([web0, db0], { ...c0, mountOptions })
    const first = await given(seen).run('vserver -D web0 --yes').succeeds()
    expect(first.stdout.join()).not.toContain('nosuid')
    const { stdout } = await given(seen).run('vserver -D db0 --yes').succeeds()
    const last = stdout.at(-1)
    if (options === undefined) expect(last).not.toContain('nosuid')
    else
      expect(last).toBe(
        `c0 has no vserver left, and stays mounted without nosuid. To mount it anew with nosuid, which ends what uses it: echo "clouds: [{name: c0, ${options}}]" | vhacs compose - --apply --interrupt`,
      )
  })

  test('asks, and does nothing without a yes', async () => {
    const seen = cluster()
    await given(seen)
      .run('vserver -D web0')
      .isRefused(/this would destroy web0 with all data; pass --yes to proceed/)
    const ask = async (question: string) => {
      expect(question).toBe('Destroy db0, web0 with all data? Type "yes" to proceed: ')
      return 'no'
    }
    await given(seen)
      .run('vserver -D ALL', { ask })
      .isRefused(/nothing was changed/)
    expect(seen.ran.filter(command => !isReading(command) && !isLocking(command))).toEqual([])
  })

  test('keeps the directory if that is wanted, also where the storage is not mounted', async () => {
    const seen = cluster()
    await given(seen).run('storage -S c0').succeeds()
    await given(seen)
      .run('vserver -D web0 --yes')
      .isRefused(
        /c0 is not mounted, so \/clouds\/c0\/web0 cannot be removed: start the storage first, or pass --keep-tree/,
      )
    await given(seen).run('vserver -D web0 --keep-tree --yes').succeeds()
    expect(statesOf(seen)).toEqual(['db0 active'])
    expect(treesOf(seen)).toEqual(['/clouds/c0/servers/db', '/clouds/c0/web0'])
  })

  test('refuses a directory in which another vserver is', async () => {
    const seen = cluster([{ ...web0, tree: 'servers' }, db0])
    await given(seen)
      .run('vserver -D web0 --yes')
      .isRefused(/\/clouds\/c0\/servers is also the tree of db0, or contains it: pass --keep-tree/)
  })

  test('that fails or is killed after any command is called again', async () => {
    const isChange = ({ words: [tool = '', word = ''], isOnCopy }: Ran) =>
      (tool === 'cibadmin' && word === '--patch' && !isOnCopy) || (tool === 'sh' && word === 'remove-tree')
    for (const how of ['fails', 'fails afterwards'] as const)
      for (const index of [0, 1, 2]) {
        const seen = cluster()
        let count = 0
        seen.disturb = command => (isChange(command) && count++ === index ? how : undefined)
        await given(seen)
          .run('vserver -D web0 --yes')
          .fails(/out of order/)
        seen.disturb = () => undefined
        if (statesOf(seen).length > 1) await given(seen).run('vserver -D web0 --yes').succeeds()
        expect(statesOf(seen)).toEqual(['db0 active'])
        expect(treesOf(seen)).toEqual(['/clouds/c0/servers/db'])
      }
  })
})

describe('--exec', () => {
  test('runs a command in each, where it runs', async () => {
    const seen = cluster()
    const { stdout } = await runWords(seen.system, ['vserver', '-E', 'uptime; id -u']).succeeds()
    expect(stdout).toEqual(['db0: uptime; id -u in db0', 'web0: uptime; id -u in web0'])
    const where = seen.ran.filter(({ words: [, word] }) => word === 'exec').map(({ node }) => node)
    expect(where).toEqual(['node2', 'node2'])
  })

  test('runs a script from standard input', async () => {
    const seen = cluster()
    seen.fake.answer = (_, command, input) => ({ status: 0, stdout: `${command} ${input}\n` })
    await given(seen)
      .run('vserver web0 --exec -', { readInput: async () => 'echo x' })
      .succeeds(['web0: - echo x'])
  })

  test('fails where the command does, after it ran in all', async () => {
    const seen = cluster()
    seen.fake.answer = container => ({ status: container === 'db0' ? 3 : 0, stdout: 'x\n' })
    await given(seen).run('vserver -E false').fails('vhacs: the command failed on db0 (3)', ['db0: x', 'web0: x'])
  })

  test('in one that does not run is refused', async () => {
    const seen = cluster()
    await given(seen).run('vserver -S web0')
    await given(seen)
      .run('vserver -E true')
      .isRefused('vhacs: web0 does not run: start it with "vhacs vserver --active web0" (nothing was run)')
  })
})

test('--prefers moves the mounts of their storages, and waits for all containers on them', async () => {
  const seen = cluster()
  const { stdout } = await given(seen).run('vserver -p node1 web0').succeeds()
  expect(linesOf(stdout)).toEqual(expect.arrayContaining([expect.stringMatching(/^c0 prefers node1; /)]))
  expect(linesOf(stdout).at(-1)).toBe('waiting until db0, web0 is ready')
  expect(clusterIn(parsedCib(seen.cib)).clouds[0]?.preferredVhosts).toEqual(['node1'])
})

test('--monitor shows them until q is pressed', async () => {
  const shown: string[] = []
  const keys: ((key: string) => void)[] = []
  const pressAll = () => {
    for (const key of 'fdb\rq') for (const press of keys) press(key)
  }
  const show = (text: string) => {
    shown.push(text)
    if (shown.length === 2) queueMicrotask(pressAll)
  }
  const openScreen = () => ({ rows: 40, columns: 120, show, onKey: keys.push.bind(keys), onResize() {}, close() {} })
  await given(cluster()).run('vserver -m', { openScreen }).succeeds()
  expect(cellsOf(shown[1]?.split('\n') ?? []).map(([name]) => name)).toEqual(['VSERVER', '(A)db0', '(A)web0'])
  expect(cellsOf(shown.at(-1)?.split('\n') ?? []).map(([name]) => name)).toEqual(['VSERVER', '(A)db0'])
})

test('the whole cluster is shown with them', async () => {
  const seen = cluster()
  const { stdout } = await given(seen).run('cluster -M').succeeds()
  expect(cellsOf(stdout)).toContainEqual(['(A)web0', 'c0', '(S)node2', '-'])
  const all = JSON.parse((await given(seen).run('cluster -M --json').succeeds()).stdout.join('\n'))
  expect(all.vservers.map(({ name }: { readonly name: string }) => name)).toEqual(['db0', 'web0'])
})

describe('--shell', () => {
  const terminal = { terminalType: 'xterm-256color' }
  const shells = ({ ran }: FakeCluster) => ran.filter(({ words: [, word] }) => word === 'shell')

  test('opens one where the vserver runs, with a terminal there', async () => {
    const seen = cluster()
    await given(seen).run('vserver --shell web0', terminal).succeeds([])
    expect(shells(seen)).toEqual([
      { node: 'node2', words: ['sh', 'shell', 'web0', 'xterm-256color', expect.stringMatching(/nspawn-web0/)] },
    ])
    const [ssh, option] = seen.system.commands.findLast(([tool]) => tool === 'ssh') ?? []
    expect([ssh, option]).toEqual(['ssh', '-t'])
  })

  test('on this node, needs no ssh; what is no type of a terminal is not passed on', async () => {
    const seen = cluster()
    await given(seen).run('storage -p node1 c0').succeeds()
    seen.system.commands.length = 0
    await given(seen).run('vserver --shell web0', { terminalType: '$(x)' }).succeeds()
    expect(shells(seen)).toMatchObject([{ node: 'node1', words: ['sh', 'shell', 'web0', 'dumb', expect.anything()] }])
    expect(seen.system.commands.filter(([tool]) => tool === 'ssh')).toEqual([])
  })

  test('exits with the status of the shell, without a message', async () => {
    const seen = cluster()
    seen.fake.answer = () => ({ status: 7 })
    expect(await given(seen).run('vserver --shell web0', terminal)).toEqual({ status: 7, stdout: [], stderr: [] })
  })

  test('ends with an interruption of vhacs', async () => {
    const seen = cluster()
    const controller = new AbortController()
    seen.fake.answer = () => {
      controller.abort(new Error('interrupted (SIGTERM)'))
      return { status: 143 }
    }
    await given(seen)
      .run('vserver --shell web0', { ...terminal, interruption: controller.signal })
      .fails('vhacs: interrupted (SIGTERM)')
  })

  test.each([
    ['web0,db0', terminal, 'vhacs: --shell: name one vserver'],
    [
      'web0',
      {},
      'vhacs: --shell needs a terminal for its input and output: without one, run a command with "vhacs vserver web0 --exec COMMAND"',
    ],
    ['web9', terminal, 'vhacs: there is no vserver web9 (vservers: db0, web0)'],
  ])('%s is refused', async (name, given_, why) => {
    const seen = cluster()
    await given(seen).run(`vserver --shell ${name}`, given_).isRefused(why)
    expect(shells(seen)).toEqual([])
  })

  test('of one that does not run is refused, with what to do', async () => {
    const seen = cluster()
    await given(seen).run('vserver -S web0')
    await given(seen)
      .run('vserver --shell web0', terminal)
      .isRefused('vhacs: web0 does not run: start it with "vhacs vserver --active web0" (nothing was run)')
    const { active } = seen
    seen.active = () => active().filter(({ id }) => id !== 'db0-container')
    await given(seen)
      .run('vserver --shell db0', terminal)
      .isRefused('vhacs: db0 does not run: see "vhacs vserver --info db0" (nothing was run)')
  })

  test('where the node is unreachable fails, and names it', async () => {
    const seen = cluster()
    const there = seen.nodes.find(({ name }) => name === 'node2')
    if (there) there.isUp = false
    await given(seen)
      .run('vserver --shell web0', terminal)
      .fails(/^vhacs: ssh root@node2 exited with 255: ssh: connect to host node2 port 22: No route to host/)
  })

  test('a dry run opens none, and shows no script', async () => {
    const seen = cluster()
    const { stdout } = await given(seen).run('vserver --shell web0 --dry-run', terminal).succeeds()
    expect(stdout).toEqual([expect.stringMatching(/^node2: sh -s -- web0 xterm-256color /)])
    expect(shells(seen)).toEqual([])
  })
})
