import { describe, expect, test } from 'vitest'
import { fakeCluster } from '../../../fake/cluster/cluster.ts'
import { fakeSystem, type ToolResult } from '../../../fake/system.ts'
import { c0 } from '../../cloud/examples.ts'
import { run, runWords } from '../call.ts'

test.each([
  ['--version', /^1\.2\.3$/],
  ['--help', /^usage: vhacs cluster\|node\|storage\|vserver\|compose\|metrics /],
  ['node --help', /^usage: vhacs node: /],
  ['help', /^usage: vhacs cluster\|node\|storage\|vserver\|compose\|metrics /],
  ['help node', /^usage: vhacs node: /],
  ['help storage --create', /^usage: vhacs storage -c\|--create STORAGES /],
  ['storage -h', /^usage: vhacs storage: /],
  [
    'storage --create --help',
    /^usage: vhacs storage -c\|--create STORAGES -s\|--size SIZE \[-n\|--nodes DRBD_NODES\] \[--copies NUMBER\] \[--chap\] \[--dry-run\]$/,
  ],
  ['storage -h -D', /^usage: vhacs storage -D\|--destroy STORAGES /],
])('%s needs no cluster and succeeds (0)', async (line, words) => {
  const { stdout } = await run(fakeSystem(), line).succeeds()
  expect(stdout[0]).toMatch(words)
})

describe('a wrong call (2) is refused in one line before the cluster is read:', () => {
  test.each([
    ['frobnicate', /unknown command 'frobnicate'/],
    ['--frobnicate', /unknown option '--frobnicate'/],
    ['storage --create', /^vhacs: option '-c, --create <STORAGES>' needs an argument; see "vhacs storage --help"$/],
    ['storage --size 1G', /expected one of -c\|--create, -D\|--destroy, /],
    ['storage --list --create c1', /expected one of -c\|--create, -l\|--list$/],
    ['storage --list --size 1G', /--size is not an option of --list/],
    ['storage --list c1', /too many arguments|one argument too many/],
    ['storage -c c1 -c c2 --size 1G', /It is given more than once/],
    ['storage --list --dry-run', /--dry-run is not an option of --list/],
    ['storage --list -V 9', /--verbosity: expected 0, 1 or 2/],
    ['storage --create c1', /--create needs --size/],
    ['storage --create c1 --size big', /a size like 500M, 1\.5G or 2T is expected, got "big"/],
    ['storage --create ../c1 --size 1G', /is not a cloud's name/],
    ['storage --create all --size 1G', /is not a cloud's name/],
    ['storage --create c1 --size 1G --nodes node1', /expected at least two different nodes/],
    ['storage --create c1 --size 1G --nodes node1,node1', /expected at least two different nodes/],
    ['storage --create c1 --size 1G --nodes ALL', /expected at least two different nodes/],
    ['storage --destroy c1,,c2', /this would destroy all data on c1,,c2; pass --yes to proceed/],
    ['node --setrole storage', /--setrole also needs NODES/],
  ])('%s', async (line, words) => {
    const { system, ran } = fakeCluster()
    await run(system, line).isRefused(words, [])
    expect(ran).toEqual([])
  })
})

describe('an empty word, such as from an unset variable of a script, is refused (2):', () => {
  test.each([
    ['--init', ['cluster', '--init', '']],
    ['--init', ['cluster', '--init=', '--dry-run']],
    ['--exec', ['cluster', '--exec', '', 'node1']],
    ['vhacs cluster', ['cluster', '--exec', 'id', '']],
    ['--destroy', ['storage', '--destroy', '', '--yes']],
    ['--nodes', ['storage', '--create', 'c1', '--size', '1G', '--nodes', '']],
    ['vhacs storage', ['storage', '--prefers', 'node1', '']],
    ['vhacs node', ['node', '--setrole', 'vhost', '']],
    ['vhacs compose', ['compose', '', '--offline']],
    ['--file', ['compose', '--read', '--file', '']],
  ])('%s in %j', async (taker, words) => {
    const { system, ran } = fakeCluster([c0])
    await runWords(system, words).isRefused(
      `vhacs: an argument of ${taker} is an empty word: give it a value, or leave it out`,
      [],
    )
    expect(ran).toEqual([])
  })
})

test('without arguments it shows the usage, like a wrong call (2)', async () => {
  const { stderr } = await run(fakeSystem(), '').isRefused(undefined, [])
  expect(stderr[0]).toMatch(/^usage: vhacs/)
})

test('a noun without arguments shows its usage, in the words of the first VHACS, like a wrong call (2)', async () => {
  const { stderr } = await run(fakeSystem(), 'storage').isRefused(undefined, [])
  expect(stderr).toEqual(
    expect.arrayContaining([
      'usage:',
      '    For full description, try : vhacs storage -h|--help',
      '    vhacs storage -l|--list [--json]',
      '    vhacs storage -p|--prefers NODES STORAGES [--dry-run]',
      'syntax for STORAGES argument:',
    ]),
  )
})

test.each([
  '-V 1 storage --list',
  '-V1 storage --list',
  '--verbosity 1 storage --list',
  '--verbosity=1 storage --list',
])('%s is the same as storage --list -V 1', async line => {
  const { system } = fakeCluster([c0])
  const after = await run(system, 'storage --list -V 1')
  expect(after.stderr.length).toBeGreaterThan(0)
  expect(await run(system, line)).toEqual(after)
})

test('the help first explains that a storage and a cloud are the same', async () => {
  const { stdout } = await run(fakeSystem(), '--help')
  const text = stdout.join(' ')
  expect(text.indexOf('call a storage a cloud')).toBeGreaterThan(0)
  expect(text.indexOf('call a storage a cloud')).toBeLessThan(text.indexOf('cluster: '))
  expect(stdout).toContain('compose: make the cluster match a file of clouds.')
})

test('a wrong name among many is refused in one short line', async () => {
  const clouds = Array.from({ length: 60 }, (_, index) => ({
    ...c0,
    name: `many${index}`,
    minor: index,
    address: `10.77.1.${index + 1}`,
    iqn: `${c0.iqn}${index}`,
    directory: `/clouds/many${index}`,
  }))
  const { stderr } = await run(fakeCluster(clouds).system, 'storage --info many99')
  expect(stderr).toEqual([
    expect.stringMatching(/^vhacs: there is no storage many99 \(storages: many0, .*, many11 and 48 more\)$/),
  ])
})

test('information about all storages of a cluster without storages reports that there are none', async () => {
  await run(fakeCluster().system, 'storage --info ALL').succeeds(['there are no storages'])
})

describe('a failure (1) is one line without a stack trace:', () => {
  const answering = (answer: ToolResult) => {
    const { system } = fakeCluster([c0])
    system.tools.set('cibadmin', () => answer)
    return system
  }

  test.each([
    [
      'Pacemaker not installed',
      fakeSystem(),
      /^vhacs: c\w+ is not installed on this node: install the package pacemaker/,
    ],
    [
      'a cluster that does not run',
      answering({ status: 102, stderr: 'Could not connect to the CIB: Transport endpoint is not connected\n' }),
      /^vhacs: Pacemaker is not running on this node: start it, or run vhacs on another node of the cluster$/,
    ],
    [
      'a tool that fails',
      answering({ status: 1, stderr: 'first\nInit failed\n' }),
      /^vhacs: cibadmin --query exited with 1: first; Init failed$/,
    ],
    [
      'a CIB that is none',
      answering({ status: 0, stdout: 'not XML' }),
      /^vhacs: "cibadmin --query" does not print a CIB: it is not well-formed XML in line 1, column 1$/,
    ],
    ['a tool that says nothing', answering({ status: 1 }), /^vhacs: cibadmin --query exited with 1$/],
  ])('%s', async (_, system, words) => {
    await run(system, 'storage --list').fails(words, [])
  })
})
