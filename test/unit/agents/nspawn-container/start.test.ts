import { describe, expect, test, vi } from 'vitest'
import { exit } from '../../../../ocf/exit.ts'
import { answer } from '../../../fake/answer.ts'
import {
  containerOf,
  monitor,
  probe,
  start,
  started,
  stop,
  stopped,
  UNIT,
  validate,
} from '../../../fake/nodes/nspawn-container.ts'
import { exportPlace } from '../../../fake/nspawn/nspawn.ts'
import { addTree } from '../../../fake/nspawn/tree.ts'
import type { FakeSystem } from '../../../fake/system.ts'
import { directory, file, link } from '../../../fake/tree.ts'

/** The arguments of systemd-run, joined. */
const wordsOf = ({ commands }: FakeSystem) => commands.find(([tool]) => tool === 'systemd-run')?.join(' ') ?? ''
const program = { ...file(''), permissions: 0o755 }

describe('a start', () => {
  test('runs a unit that Pacemaker outlives, delegates its control group, and boots the tree', async () => {
    const { system } = stopped()
    expect((await start(system)).code).toBe(exit.success)
    for (const words of [
      `--unit ${UNIT} --slice machine.slice`,
      ...['Type=notify', 'Before=pacemaker.service', 'KillMode=mixed', 'Delegate=yes', 'RestartForceExitStatus=133'],
      '-- /usr/bin/systemd-nspawn --quiet --keep-unit --machine c0 --directory /mnt/c0/root --settings no',
      ...['--notify-ready yes', '--kill-signal SIGRTMIN+4', '--private-network', '--private-users=no', '--boot'],
    ])
      expect(wordsOf(system)).toContain(words)
  })

  test('waits until the init is ready, and reports what it does', async () => {
    const { system, node } = stopped()
    node.bootMilliseconds = 60_000
    node.statusText = 'Starting \u001b[31mDatabase...'
    const begun = Date.now()
    expect((await start(system)).code).toBe(exit.success)
    expect(Date.now() - begun).toBeGreaterThanOrEqual(60_000)
    node.bootMilliseconds = 300_000
    await stop(system)
    const result = await start(system)
    expect(result).toMatchObject({ code: exit.genericError })
    expect(result.reasons[0]).toMatch(/while booting c0: Container running: Starting .*Database/)
  })

  test.each([
    ['/usr/lib/systemd/systemd', ['--notify-ready yes', '--kill-signal SIGRTMIN+4']],
    ['/bin/busybox', ['--notify-ready no', '--kill-signal SIGUSR2']],
    ['/sbin/init', ['--notify-ready no', '--kill-signal SIGPWR']],
  ])('knows how %s tells that it is ready, and how it shuts down', async (path, words) => {
    const { system } = stopped({ program: path })
    // an absolute link, which leads to the node's own init if it is followed from there
    if (path === '/bin/busybox') system.put('/mnt/c0/root/sbin/init', link('/bin/busybox'))
    expect((await start(system)).code).toBe(exit.success)
    for (const word of words) expect(wordsOf(system)).toContain(word)
  })

  test.each<[Record<string, string>, string]>([
    [{ memory_max: '512M' }, '--property MemoryMax=512M'],
    [{ cpu_weight: '200' }, '--property CPUWeight=200'],
    [{ shutdown_timeout: '90' }, '--property TimeoutStopSec=120'],
    [{ network: 'host' }, '--kill-signal SIGRTMIN+4 --private-users=no'],
    [{ network: 'bridge:br0' }, '--network-bridge br0'],
    [{ network: 'macvlan:eth1' }, '--network-macvlan eth1'],
    [{ command: '/bin/serve --port=80  x' }, '--as-pid2 -- /bin/serve --port=80 x'],
  ])('with %j has %s', async (more, words) => {
    const { system } = stopped()
    system.put('/sys/class/net/br0/bridge', '')
    system.put('/sys/class/net/eth1/carrier', '1\n')
    system.put('/mnt/c0/root/bin/serve', program)
    expect((await start(system, more)).code).toBe(exit.success)
    expect(wordsOf(system)).toContain(words)
  })

  test('has the range of user ids of the owner of the tree', async () => {
    const { system } = stopped({ owner: 524288 })
    expect((await start(system)).code).toBe(exit.success)
    expect(wordsOf(system)).toContain('--private-users=524288:65536 --private-users-ownership off')
  })

  test('gives systemd a directory with a dollar sign as it is', async () => {
    const place = '/mnt/c0/$HOME'
    const { system, node } = stopped({ directory: place })
    expect((await start(system, { directory: place })).code).toBe(exit.success)
    expect(wordsOf(system)).toContain('--directory /mnt/c0/$$HOME')
    expect(containerOf(node).directory).toBe(place)
  })

  test('copies the settings to where systemd-nspawn trusts them; a stop removes the copy', async () => {
    const { system } = stopped()
    const settings = { settings: '/mnt/c0/web.nspawn' }
    system.put(settings.settings, '[Files]\nBind=/srv\n')
    expect((await start(system, settings)).code).toBe(exit.success)
    expect(wordsOf(system)).toContain('--settings yes')
    expect(system.read('/run/systemd/nspawn/c0.nspawn')).toBe('[Files]\nBind=/srv\n')
    await stop(system, settings)
    expect(system.list('/run/systemd/nspawn')).toEqual([])
  })

  test('warns of a mount with nosuid', async () => {
    const { system } = stopped({ options: 'rw,nosuid,nodev' })
    expect((await start(system)).stderr).toContain(
      '/mnt/c0 is mounted with nosuid: su, sudo and the like do nothing in c0',
    )
  })
})

describe('a start refuses', () => {
  const owned = (owner: number) => ({ ...directory(), owner })
  test.each<
    [string, RegExp, number, (system: FakeSystem, made: ReturnType<typeof stopped>) => unknown, Record<string, string>?]
  >([
    ['a tree that is not there', /root does not exist: is its file/, 1, ({ take }) => take('/mnt/c0/root')],
    ['a file', /is not a directory/, 2, ({ put }) => put('/mnt/c0/root', 'text')],
    ['a tree without an init', /has no init/, 2, ({ take }) => take('/mnt/c0/root/usr')],
    [
      'an init that only the node has',
      /has no init/,
      2,
      ({ take, put }) => {
        take('/mnt/c0/root/usr')
        put('/lib/systemd/systemd', program)
      },
    ],
    ['an init that cannot run', /has no init/, 2, ({ put }) => put('/mnt/c0/root/usr/lib/systemd/systemd', '')],
    ['a program that is missing', /no program \/bin\/x/, 2, () => {}, { command: '/bin/x y' }],
    ['a tree on the root file system', /on the root file system of this node/, 1, (_, { table }) => table.pop()],
    [
      'a tree in memory',
      /is in memory \(tmpfs on \/mnt\/c0\)/,
      1,
      (_, { table }) => table.push({ ...last(table), device: '0:44', fileSystem: 'tmpfs' }),
    ],
    [
      'a tree on a mount that the node makes by itself',
      /which this node mounts by itself: remove that from \/etc\/fstab/,
      1,
      ({ put }) => put('/etc/fstab', '# x\n/dev/sdt\t/mnt/c0 ext4 defaults 0 0\n'),
    ],
    [
      'a tree of an ordinary user',
      /belongs to user 1000, who/,
      2,
      ({ put }) => put('/mnt/c0/root', owned(1000)),
      { command: '/x' },
    ],
    ['a tree of another range', /belongs to user 0, not to 524288/, 2, () => {}, { private_users: '524288' }],
    [
      'a tree whose owner was changed half',
      /belongs to user 0, and its .* to 524288: change/,
      2,
      ({ put }) => put('/mnt/c0/root/usr/lib/systemd/systemd', { ...program, owner: 524288 }),
    ],
    ['a bridge that is missing', /no interface br0/, 2, () => {}, { network: 'bridge:br0' }],
    [
      'an interface as a bridge',
      /eth1 is not a bridge/,
      2,
      ({ put }) => put('/sys/class/net/eth1/mtu', ''),
      { network: 'bridge:eth1' },
    ],
    ['settings that are missing', /cannot be read/, 2, () => {}, { settings: '/x.nspawn' }],
    [
      'settings that another file hides',
      /would read \/etc\/systemd\/nspawn\/c0.nspawn in place/,
      2,
      ({ put }) => put('/etc/systemd/nspawn/c0.nspawn', ''),
      { settings: '/x.nspawn' },
    ],
    [
      'a node without systemd-nspawn',
      /install the package systemd-container/,
      5,
      ({ take }) => take('/usr/bin/systemd-nspawn'),
    ],
    ['control groups of version 1', /version 2/, 5, ({ take }) => take('/sys/fs/cgroup/cgroup.controllers')],
    [
      'a tree that another container uses',
      /web runs from \/mnt\/c0\/root already, in machine-web.scope: stop it first/,
      1,
      (_, { node }) => node.startByHand('web', '/mnt/c0/root'),
    ],
    [
      'the name of another container',
      /another container named c0 runs on this node, in machine-c0.scope/,
      1,
      ({ put }, { node }) => {
        put('/mnt/c0/other/x', '')
        node.startByHand('c0', '/mnt/c0/other')
      },
    ],
  ])('%s', async (_, reason, code, spoil, more = {}) => {
    const made = stopped()
    if ('command' in more && more.command === '/x') made.system.put('/mnt/c0/root/x', program)
    spoil(made.system, made)
    if ('command' in more && more.command === '/x') made.system.put('/mnt/c0/root/x', program)
    const result = await start(made.system, more)
    expect(result.code, result.stderr).toBe(code)
    expect(result.reasons[0]).toMatch(reason)
    expect(wordsOf(made.system)).toBe('')
  })

  test('a mount of /etc/fstab that is not mounted at boot is no reason', async () => {
    const { system } = stopped()
    system.put('/etc/fstab', '/dev/sdt /mnt/c0 ext3 noauto 0 0\n')
    expect((await start(system)).code).toBe(exit.success)
  })

  test('validate-all at level 10 says the same, as something of this node (OCF_ERR_ARGS)', async () => {
    const { system, table } = stopped()
    expect((await validate(system)).code).toBe(exit.success)
    table.pop()
    expect(await validate(system)).toMatchObject({ code: exit.invalidHere })
  })
})

test.each(['/dev/', '/bin/../x', 'bin/x'])('a command that begins with %s is not configured', async command => {
  const { system } = stopped()
  expect((await start(system, { command })).code).toBe(exit.notConfigured)
  expect(system.commands).toEqual([])
})

describe('a start after another container of this name', () => {
  test('waits until systemd-machined has forgotten it', async () => {
    const { system, node } = await started()
    node.forgetMilliseconds = 5000
    await stop(system)
    expect((await start(system)).code).toBe(exit.success)
  })

  test('tries again when systemd-nspawn still finds it', async () => {
    const { system, node } = stopped()
    node.refusal = "Failed to register machine: Machine 'c0' already exists"
    setTimeout(() => {
      node.refusal = undefined
    }, 30_000)
    expect((await start(system)).code).toBe(exit.success)
  })

  test.each([
    false,
    true,
  ])('removes what is left of a killed one (a systemd with mounts of its own: %s)', async hasExports => {
    const { system, node } = stopped()
    node.hasExports = hasExports
    await start(system)
    node.end(containerOf(node), 'signal')
    if (hasExports) expect(system.list('/run/systemd/nspawn/unix-export')).toEqual(['c0'])
    expect((await start(system)).code).toBe(exit.success)
    expect((await monitor(system)).code).toBe(exit.success)
  })

  test('says what systemd-nspawn has written when it does not start', async () => {
    const { system, node } = stopped()
    node.refusal = 'Failed to create \u001b[31mveth interface: File exists'
    const result = await start(system)
    expect(result.code).toBe(exit.genericError)
    expect(result.reasons[0]).toContain('c0 did not start: Failed to create')
    expect(result.reasons[0]).toContain('veth interface: File exists')
  })

  test('reports a start that systemd refuses', async () => {
    const { system } = stopped()
    answer(system, 'systemd-run', () => ({ status: 1, stderr: 'Failed to connect to bus\n' }))
    expect((await start(system)).reasons).toEqual(['systemd-run exited with 1: Failed to connect to bus'])
  })
})

describe('a start that was killed', () => {
  test('is completed by the next one, whatever it had done', async () => {
    for (const step of [1, 2, 3, 4]) {
      const { system, node } = stopped()
      node.bootMilliseconds = 5000
      let calls = 0
      const { run } = system
      const killed = new Promise<never>(() => {})
      system.run = (tool, args, options) => {
        calls += 1
        return calls > step ? killed : run(tool, args, options)
      }
      const abandoned = start(system, {}, { OCF_RESKEY_CRM_meta_timeout: '3000' })
      await vi.advanceTimersByTimeAsync(4000)
      await abandoned
      system.run = run
      const begun = Date.now()
      expect((await start(system)).code).toBe(exit.success)
      expect(node.units.get(UNIT)?.active).toBe('active')
      expect(Date.now() - begun).toBeLessThan(20_000)
    }
  })

  test('starts a container again that was about to end', async () => {
    const { system, node } = await started()
    await system.run({ name: 'systemctl', package: '' }, ['stop', '--', UNIT])
    expect(node.units.get(UNIT)?.active).toBe('deactivating')
    expect((await start(system)).code).toBe(exit.success)
    expect(node.units.get(UNIT)?.active).toBe('active')
  })

  test('ends the container of an earlier directory first', async () => {
    const { system, node } = await started()
    addTree(system, { directory: '/mnt/c1/root', mountPoint: '/mnt/c1' })
    const before = containerOf(node)
    const changed = { directory: '/mnt/c1/root' }
    expect((await start(system, changed)).code).toBe(exit.success)
    expect(containerOf(node)).not.toBe(before)
    expect(wordsOf(system)).toContain('--directory /mnt/c1/root')
    expect((await probe(system, changed)).code).toBe(exit.success)
  })

  test('leaves nothing that a stop does not remove', async () => {
    const { system, node } = stopped()
    node.bootMilliseconds = 300_000
    node.hasExports = true
    await start(system, {}, { OCF_RESKEY_CRM_meta_timeout: '5000' })
    expect((await stop(system)).code).toBe(exit.success)
    expect(node.units.size).toBe(0)
    expect(system.list(exportPlace('').slice(0, -1))).toEqual([])
  })
})

function last<T>(items: readonly T[]): T {
  const item = items.at(-1)
  if (item === undefined) throw new Error('there is none')
  return item
}
