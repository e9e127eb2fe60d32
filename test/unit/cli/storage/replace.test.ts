import { describe, expect, test } from 'vitest'
import { readCluster } from '../../../../cloud/cib/read/cluster.ts'
import type { Cloud } from '../../../../cloud/cloud.ts'
import { partPlaces } from '../../../../cloud/readiness/part.ts'
import { type FakeCluster, fakeCluster, isLocking, isReading, node, type Ran } from '../../../fake/cluster/cluster.ts'
import { type FakeSides, replaceable } from '../../../fake/cluster/replacement.ts'
import { edited, withMembership, withoutId } from '../../cloud/cib.ts'
import { c0 } from '../../cloud/examples.ts'
import { given } from '../call.ts'
import { fenced } from './fence.ts'

const MOVE = 'storage --replace c0 --from node2 --to node3 --yes'
const DISK = 'storage --replace c0 --from node2 --yes'
const LEAVE = 'storage --replace c0 --from node1 --to node3 --yes'

interface Replacing extends FakeCluster {
  readonly sides: FakeSides
}

function cluster(...clouds: readonly Cloud[]): Replacing {
  const made = fakeCluster(clouds.length === 0 ? [c0] : clouds)
  return Object.assign(made, { sides: replaceable(made) })
}

const isChange = (command: Ran) =>
  !isLocking(command) && !isReading(command) && !(command.words[0] === 'crm_resource' && command.words[1] === '--wait')
const changes = ({ ran }: FakeCluster) => ran.filter(isChange)
const textOf = ({ node: name, words }: Ran) =>
  textOfLine(`${name}: ${words.filter(word => !/^(--quiet|--config|devices.*|--)$/.test(word)).join(' ')}`)
const linesOf = (stdout: readonly string[]) => stdout.map(line => line.replace(/^ *[\d.]+ s {2}/, ''))
const hasLock = ({ cib }: FakeCluster) => cib.includes('vhacs-lock')
/** The long list of notes is shortened. */
const textOfLine = (line: string) => line.replace(/^(node\d: rm -f).*\/run\/vhacs.*$/, '$1 …')
const cloudIn = ({ cib }: FakeCluster, name = 'c0') => readCluster(cib).clouds.find(cloud => cloud.name === name)

/** What is where of c0: its sides, those that run, volumes with their tags, files; and what is left in the CIB. */
function stateOf(seen: Replacing, name = 'c0') {
  const cloud = cloudIn(seen, name)
  const active = seen.active()
  return {
    sides: cloud?.storageNodes,
    running: active.flatMap(({ id, node: where }) => (id === `${name}-drbd` ? [where] : [])).sort(),
    export: cloud && partPlaces(cloud, active).export,
    mount: cloud && partPlaces(cloud, active).mount,
    volumes: seen.nodes.flatMap(({ name: where, volumes }) => {
      const found = volumes.get(name)
      if (found === undefined) return []
      const isMarked = found.tags.some(tag => tag.startsWith('vhacs_replace_'))
      return [`${where} ${seen.sides.copied.get(found) ?? 0}%${isMarked ? ' marked' : ''}`]
    }),
    files: seen.nodes.flatMap(({ name: where, system }) =>
      system.list('/etc/drbd.d').includes(`${name}.res`) ? [where] : [],
    ),
    isLeft: seen.cib.includes('replacement-location') || seen.cib.includes('rehearsal-location'),
  }
}

const moved = {
  sides: ['node1', 'node3'],
  running: ['node1', 'node3'],
  export: 'node1',
  mount: 'node2',
  volumes: ['node1 100%', 'node3 100%'],
  files: ['node1', 'node3'],
  isLeft: false,
}
const onNewDisk = {
  ...moved,
  sides: ['node1', 'node2'],
  running: ['node1', 'node2'],
  volumes: ['node1 100%', 'node2 100%'],
  files: ['node1', 'node2'],
}

test('a side moves to another node: it is prepared, the old one goes down, the data are copied, the rest is removed', async () => {
  const seen = cluster()
  const { stdout } = await given(seen).run(MOVE).succeeds()
  expect(linesOf(stdout)).toEqual([
    'this will move a side of c0 (1G) from node2 to node3, and remove its data from node2 when node3 has them (node1 alone has its data until they are copied, which takes 11 seconds at least)',
    'creating the volume vhacs/c0 on node3',
    'configuring DRBD on node3',
    "creating DRBD's meta-data on node3",
    'keeping the side of c0 on node2 down',
    'waiting until it is down',
    'checking that c0 goes on with node1',
    'making DRBD on node1 expect node3',
    'clearing failures of the volume and of DRBD of c0 on node3',
    'moving the side of c0 from node2 to node3 in the cluster',
    'waiting until DRBD of c0 runs on node3 and is connected',
    'waiting until the sides of c0 are in sync: no redundancy until then (DRBD goes on if you interrupt this)',
    expect.stringMatching(/^\d+% are in sync$/),
    expect.stringMatching(/^\d+% are in sync$/),
    'checking that the sides of c0 are in sync',
    'removing the data of c0 from node2',
    'noting that c0 is complete on node3',
    'c0 is on node3 instead of node2',
  ])
  expect(stateOf(seen)).toEqual(moved)
  expect(changes(seen).map(textOf)).toEqual([
    'node3: lvcreate --yes --wipesignatures y --setautoactivation n --addtag vhacs_replace_node2 --size 1073741824b --name c0 vhacs',
    ...written('node3'),
    'node3: drbdadm create-md --force c0',
    'node3: lvchange --activate n vhacs/c0',
    'node1: cibadmin --patch --xml-pipe',
    ...written('node1'),
    'node1: drbdadm adjust c0',
    'node1: crm_resource --cleanup --resource c0-lvm-clone --node node3',
    'node1: crm_resource --cleanup --resource c0-drbd-clone --node node3',
    'node1: cibadmin --patch --xml-pipe',
    'node2: rm -f …',
    'node2: drbdadm down c0',
    'node2: drbdsetup down c0',
    'node2: rm -f /etc/drbd.d/c0.res',
    'node2: lvchange --activate y vhacs/c0',
    'node2: wipefs --all /dev/vhacs/c0',
    'node2: lvremove --yes vhacs/c0',
    expect.stringMatching(/^node3: lvchange --deltag vhacs_replace_node2 --addtag vhacs_create_\d+ vhacs\/c0$/),
  ])
  expect(hasLock(seen)).toBe(false)
})

/** The commands that write the DRBD configuration on a node. */
function written(name: string): string[] {
  return ['install --mode=600 /dev/null', 'dd status=none conv=fsync', 'mv -T', 'sync'].map((command, index) => {
    const draft = '/etc/drbd.d/c0.res.new'
    const operands = [draft, `of=${draft}`, `${draft} /etc/drbd.d/c0.res`, '/etc/drbd.d']
    return `${name}: ${command} ${operands[index]}`
  })
}

test('the notes of the mount on the node that the side leaves are kept', async () => {
  const seen = cluster()
  node(seen, 'node2').system.put('/run/vhacs/outage-c0-session', 'note\n')
  node(seen, 'node2').system.put('/run/vhacs/score-c0-drbd', 'note\n')
  await given(seen).run(MOVE).succeeds()
  expect(node(seen, 'node2').system.list('/run/vhacs')).toContain('outage-c0-session')
  expect(node(seen, 'node2').system.list('/run/vhacs')).not.toContain('score-c0-drbd')
})

test('the file names the new node in the place of the old one, with a new secret', async () => {
  const seen = cluster()
  const path = '/etc/drbd.d/c0.res'
  const before = node(seen, 'node1').system.read(path)
  await given(seen).run(MOVE).succeeds()
  const [one, three] = ['node1', 'node3'].map(name => node(seen, name).system.read(path))
  expect(three).toBe(one)
  expect(one).toContain('\ton node3 {\n\t\taddress 192.0.2.3:7800;\n\t}')
  expect(one).not.toContain('node2')
  expect(one).not.toContain('secret-of-c0')
  expect(before).toContain('secret-of-c0')
})

test('the side that exports goes: the export moves first, and that is said', async () => {
  const seen = cluster()
  const { stdout } = await given(seen).run(LEAVE).succeeds()
  expect(linesOf(stdout).slice(0, 3)).toEqual([
    expect.stringMatching(/; its export moves from node1 to node2 first\)$/),
    'moving the export of c0 from node1 to node2',
    'waiting until node2 exports c0, and both sides are in sync',
  ])
  expect(stateOf(seen)).toEqual({
    ...moved,
    ...{ sides: ['node3', 'node2'], running: ['node2', 'node3'], export: 'node2' },
    ...{ volumes: ['node2 100%', 'node3 100%'], files: ['node2', 'node3'] },
  })
})

test('a side gets a new disk on the same node', async () => {
  const seen = cluster()
  const { stdout } = await given(seen).run(DISK).succeeds()
  expect(linesOf(stdout)).toEqual([
    'this will give c0 a new volume of 1G on node2, and destroy the present one with its data (node1 alone has its data until they are copied, which takes 11 seconds at least)',
    'keeping the side of c0 on node2 down',
    'waiting until it is down',
    'checking that c0 goes on with node1',
    'removing the volume vhacs/c0 on node2, with its data',
    'creating the volume vhacs/c0 on node2',
    'configuring DRBD on node2',
    "creating DRBD's meta-data on node2",
    'clearing failures of the volume and of DRBD of c0 on node2',
    'letting node2 start it',
    'waiting until DRBD of c0 runs on node2 and is connected',
    'waiting until the sides of c0 are in sync: no redundancy until then (DRBD goes on if you interrupt this)',
    expect.stringMatching(/^\d+% are in sync$/),
    expect.stringMatching(/^\d+% are in sync$/),
    'checking that the sides of c0 are in sync',
    'noting that c0 is complete on node2',
    'c0 has a new disk on node2',
  ])
  expect(stateOf(seen)).toEqual(onNewDisk)
  // the file is good as it is
  expect(changes(seen).filter(({ node: name, words: [tool] }) => name === 'node1' && tool === 'drbdadm')).toEqual([])
})

test('a volume that is gone is replaced likewise', async () => {
  const seen = cluster()
  node(seen, 'node2').volumes.delete('c0')
  seen.sides.shown.set('node1', 'cs:WFConnection ro:Primary/Unknown ds:UpToDate/Outdated C r-----\n    ns:0 oos:0')
  seen.disturb = ({ words: [tool] }) => {
    if (tool === 'lvcreate') seen.sides.shown.clear()
    return undefined
  }
  await given(seen).run(DISK).succeeds()
  expect(stateOf(seen)).toEqual(onNewDisk)
})

describe('the node of the side is lost', () => {
  function withoutNode2() {
    const seen = cluster({ ...c0, preferredVhosts: ['node1'] })
    node(seen, 'node2').isUp = false
    seen.cib = withMembership(seen.cib, 'node2', 'left')
    return seen
  }

  test('its data stay there until it is back, and the same command removes them then', async () => {
    const seen = withoutNode2()
    const { stdout } = await given(seen).run(MOVE).succeeds()
    expect(linesOf(stdout)).toContain(
      'node2 is lost, and still has its data of c0: when it is back, remove them with "vhacs storage --replace c0 --from node2"',
    )
    expect(linesOf(stdout)).not.toContain('waiting until it is down')
    expect(stateOf(seen)).toMatchObject({
      sides: ['node1', 'node3'],
      files: ['node1', 'node2', 'node3'],
      isLeft: false,
    })

    node(seen, 'node2').isUp = true
    const isUp = { in_ccm: 'true', crmd: 'online', join: 'member', expected: 'member' }
    seen.cib = edited(seen.cib, found =>
      found.attributes.uname === 'node2' && found.name === 'node_state'
        ? [{ ...found, attributes: { ...found.attributes, ...isUp } }]
        : undefined,
    )
    const back = await given(seen).run('storage --replace c0 --from node2 --yes').succeeds()
    expect(linesOf(back.stdout)).toEqual([
      'this will remove all data of c0 from node2, which is not one of its sides',
      'removing the data of c0 from node2',
      'node2 has nothing of c0 any more',
    ])
    expect(stateOf(seen)).toEqual({ ...moved, mount: expect.anything() })
    await given(seen)
      .run('storage --replace c0 --from node2 --yes')
      .isRefused(/node2 has nothing of it: its sides are on node1 and node3 \(nothing was changed\)$/)
  })

  test('its side moves also when the node was removed from the cluster by other means', async () => {
    const seen = withoutNode2()
    seen.cib = edited(seen.cib, ({ attributes }) => (attributes.uname === 'node2' ? [] : undefined))
    await given(seen).run(MOVE).succeeds()
    expect(stateOf(seen)).toMatchObject({ sides: ['node1', 'node3'], running: ['node1', 'node3'], isLeft: false })
  })

  test('it cannot get a new disk', async () => {
    await given(withoutNode2())
      .run(DISK)
      .isRefused(
        /the side of c0 on node2 cannot be replaced: node2 is offline: name another node with --to \(nothing was changed\)$/,
      )
  })
})

describe('a replacement that is killed at any change', () => {
  test.each([
    ['of a move', MOVE, moved, 0],
    ['of a new disk', DISK, onNewDisk, 1],
  ])('%s is finished by the same command', async (_what, line, wanted, first) => {
    // each costs two calls: every other command is enough, as those in between are of the same steps
    for (let index = first; ; index += 2) {
      const seen = cluster()
      let count = 0
      // nothing is undone either
      seen.disturb = command => (isChange(command) && count++ >= index ? 'fails' : undefined)
      const { status } = await given(seen).run(line)
      seen.disturb = () => undefined
      if (status === 0) {
        expect(index).toBeGreaterThan(12)
        break
      }
      // the data are somewhere at any time
      expect(stateOf(seen)).toMatchObject({ export: 'node1', mount: 'node2' })
      expect(stateOf(seen).volumes).toContain('node1 100%')
      await given(seen).run(line).succeeds()
      expect([index, stateOf(seen)]).toEqual([index, wanted])
    }
  })

  test('of a move, before the cluster was changed, is undone', async () => {
    const untouched = stateOf(cluster())
    for (let index = 0; index < 13; index += 1) {
      const seen = cluster()
      let count = 0
      seen.disturb = command => (isChange(command) && count++ === index ? 'fails afterwards' : undefined)
      await given(seen).run(MOVE).fails()
      expect([index, stateOf(seen)]).toEqual([index, untouched])
    }
  })
})

test('the old data are not removed by hand while they are the only other copy', async () => {
  const seen = cluster()
  // its node is lost while the data are copied
  seen.disturb = ({ words: [tool, verb] }) => (tool === 'wipefs' || verb === 'down' ? 'fails' : undefined)
  await given(seen)
    .run(MOVE)
    .fails(/finish it with "vhacs storage --replace c0 --from node2 --to node3"$/)
  seen.disturb = () => undefined
  for (const name of ['node1', 'node3'])
    seen.sides.shown.set(name, 'cs:SyncSource ro:Primary/Secondary ds:UpToDate/Inconsistent C r-----\n    ns:0 oos:9')
  await given(seen)
    .run('storage --replace c0 --from node2 --to node2 --yes')
    .isRefused(/until its sides are in sync, its old data on node2 are kept/)
  seen.sides.shown.clear()
  await given(seen).run('storage --replace c0 --from node2 --yes').succeeds()
  expect(stateOf(seen)).toEqual(moved)
})

test('one that was killed is named by --check, with the command that finishes it', async () => {
  const seen = cluster()
  // nothing is undone
  seen.disturb = command => (isChange(command) && seen.cib.includes('replacement-location') ? 'fails' : undefined)
  await given(seen).run(MOVE).fails()
  seen.disturb = () => undefined
  const { stdout } = await given(seen).run('cluster --check')
  expect(stdout).toContain(
    'warning: cluster: the replacement of the side of c0 on node2, by one on node3, was begun and is not complete; the old side is kept down',
  )
  expect(stdout).toContain(
    '    unless it is still at work: vhacs storage --replace c0 --from node2 --to node3 (I/O continues)',
  )
})

test('a dry run changes nothing', async () => {
  for (const line of [MOVE, DISK, LEAVE]) {
    const seen = cluster()
    const before = stateOf(seen)
    await given(seen).run(`${line} --dry-run`).succeeds()
    expect(changes(seen)).toEqual([])
    expect(stateOf(seen)).toEqual(before)
  }
})

test('without --yes, it asks; any other answer changes nothing', async () => {
  const seen = cluster()
  const line = MOVE.replace(' --yes', '')
  await given(seen)
    .run(line)
    .isRefused(/^vhacs: this would replace sides of c0 on node2; pass --yes to proceed/)
  let asked = ''
  const ask = async (question: string) => {
    asked = question
    return 'no'
  }
  await given(seen)
    .run(line, { ask })
    .isRefused(/nothing was changed: the answer was not "yes"/)
  expect(asked).toMatch(/^Move a side of c0 \(1G\) from node2 to node3, .*\? Type "yes" to proceed: $/)
  expect(changes(seen)).toEqual([])
})

describe('what was not confirmed is not begun:', () => {
  const line = DISK.replace(' --yes', '')
  const cases: [
    string,
    string,
    (command: Ran, seen: Replacing) => boolean,
    (seen: Replacing) => Promise<unknown>,
    RegExp,
  ][] = [
    [
      'a new disk instead of the end of one',
      DISK,
      ({ words }) => words.includes('--deltag'),
      seen => given(seen).run(DISK).succeeds(),
      /^Finish the replacement of the disk of c0 on node2\?/,
    ],
    [
      'a new disk instead of a move',
      MOVE,
      (_, { cib }) => cib.includes('replacement-location'),
      async seen => {
        seen.cib = withoutId(seen.cib, 'c0-replacement-location')
      },
      /^Move a side of c0 \(1G\) from node2 to node3/,
    ],
  ]
  test.each(cases)('%s', async (_what, earlier, breaks, meanwhile, question) => {
    const seen = cluster()
    seen.disturb = command => (isChange(command) && breaks(command, seen) ? 'fails' : undefined)
    await given(seen).run(earlier).fails()
    seen.disturb = () => undefined
    let before = 0
    const ask = async (asked: string) => {
      expect(asked).toMatch(question)
      await meanwhile(seen)
      before = changes(seen).length
      return 'yes'
    }
    await given(seen)
      .run(line, { ask })
      .isRefused(/the sides of c0 have changed meanwhile: .* \(nothing was changed\)$/)
    expect(changes(seen).slice(before)).toEqual([])
  })
})

describe('refused, before anything is changed:', () => {
  const shown =
    (line: string, disk = 'UpToDate/UpToDate') =>
    (seen: Replacing) => {
      for (const name of ['node1', 'node2'])
        seen.sides.shown.set(name, `cs:${line} ro:Primary/Secondary ds:${disk} C r-----\n    ns:0 oos:0`)
    }
  const cases: readonly (readonly [string, string, (seen: Replacing) => unknown, RegExp])[] = [
    ['a node that has a side', '--from node2 --to node1', () => undefined, /node1 has a side of it already/],
    [
      'a node without the role',
      '--from node2 --to node3',
      seen => Object.assign(seen, { cib: withoutId(seen.cib, 'node3-vhacs-storage') }),
      /node3 does not have the storage role/,
    ],
    [
      'a node without room',
      '--from node2 --to node3',
      seen => Object.assign(node(seen, 'node3'), { sizeBytes: 2 ** 29 }),
      /vhacs on node3 has 512M free, and 1G are needed/,
    ],
    [
      'another version of DRBD',
      '--from node2 --to node3',
      seen => Object.assign(node(seen, 'node3'), { drbdVersion: '9.2.8' }),
      /both nodes must have the same major version/,
    ],
    [
      'a file of that name',
      '--from node2 --to node3',
      seen => node(seen, 'node3').system.put('/etc/drbd.d/c0.res', ''),
      /node3 has \/etc\/drbd\.d\/c0\.res already/,
    ],
    [
      'a resync',
      '--from node2 --to node3',
      shown('SyncSource', 'UpToDate/Inconsistent'),
      /not both Connected and UpToDate/,
    ],
    ['a verification', '--from node2 --to node3', shown('VerifyS'), /being verified/],
    [
      'a staying side without all data',
      '--from node2 --to node3',
      shown('Connected', 'Inconsistent/UpToDate'),
      /the data of node1, which stays, are Inconsistent/,
    ],
    [
      'sides that are not connected',
      '--from node2 --to node3',
      shown('WFConnection', 'UpToDate/DUnknown'),
      /or put node2 in standby, so that its side is down/,
    ],
    ['a fence constraint', '--from node1 --to node3', fenced, /DRBD allows only the data of node1 to be used/],
  ]
  test.each(cases)('%s', async (_what, sides, prepare, message) => {
    const seen = cluster()
    prepare(seen)
    await given(seen).run(`storage --replace c0 ${sides} --yes`).isRefused(message)
    expect(changes(seen)).toEqual([])
    expect(hasLock(seen)).toBe(false)
  })
})
