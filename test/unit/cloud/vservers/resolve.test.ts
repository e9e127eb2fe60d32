import { describe, expect, test } from 'vitest'
import { readCluster } from '../../../../cloud/cib/read/cluster.ts'
import type { Cloud, Vserver } from '../../../../cloud/cloud.ts'
import { readFile } from '../../../../cloud/file/read-file.ts'
import { EMPTY_CONTEXT, type ResolveContext } from '../../../../cloud/resolve/context.ts'
import { resolve } from '../../../../cloud/resolve/resolve.ts'
import { nosuidNotes } from '../../../../cloud/resolve/vservers/nosuid-notes.ts'
import { cibOf, withNodeAttribute } from '../cib.ts'
import { db0, c0 as example, web0 } from '../examples.ts'
import { factsOf, initiatorOf, names } from '../resolve/lab.ts'

const c0: Cloud = { ...example, initiators: names.map(initiatorOf), mountOptions: 'nosuid,nodev' }

/** A cluster in which c0 runs, with these vservers. */
function context(vservers: readonly Vserver[], change: Partial<ResolveContext> = {}): ResolveContext {
  const cib = names.reduce(
    (text, name) => withNodeAttribute(text, name, 'vhacs-storage', 'true'),
    cibOf({ clouds: [c0], vservers, nodes: names }),
  )
  return { ...EMPTY_CONTEXT, cluster: readCluster(cib), facts: names.map(name => factsOf(name)), ...change }
}

function resolved(text: string, vservers: readonly Vserver[] = [], change: Partial<ResolveContext> = {}) {
  const { configuration, problems } = readFile(text)
  if (!configuration || problems.length > 0) throw new Error(problems[0]?.message)
  return resolve(configuration, context(vservers, change))
}

test('a new vserver gets its name as its directory, and a mount without nosuid', () => {
  const { clouds, vservers, problems } = resolved('clouds: [{name: c0}]\nvservers: [{name: web0, cloud: c0}]')

  expect(problems).toEqual([])
  expect(vservers.map(({ vserver }) => vserver)).toEqual([web0])
  expect(clouds.map(({ cloud }) => cloud.mountOptions)).toEqual(['nodev'])
  expect(nosuidNotes(vservers)).toEqual([])
})

test('a new cloud with a vserver is mounted without nosuid, as the vserver prefers', () => {
  const text = 'clouds: [{name: c1, size: 1G}]\nvservers: [{name: web0, cloud: c1, vhosts: [node3, node1]}]'
  const { clouds } = resolved(text)

  expect(clouds[0]?.cloud).toMatchObject({ mountOptions: 'nodev', preferredVhosts: ['node3', 'node1'] })
})

test('options that a file names, and those of a cloud that has vservers already, stay: a note says what that means', () => {
  const named = resolved('clouds: [{name: c0, options: "nosuid"}]\nvservers: [{name: web0, cloud: c0}]')
  const kept = resolved('clouds: [{name: c0}]\nvservers: [{name: web0, cloud: c0}]', [web0])

  expect([named, kept].map(({ clouds }) => clouds[0]?.cloud.mountOptions)).toEqual(['nosuid', 'nosuid,nodev'])
  expect(nosuidNotes(kept.vservers)).toEqual([
    'cloud c0 is mounted with nosuid, so su and sudo do nothing in web0: remove nosuid from its options',
  ])
})

test('an existing vserver keeps what is left open; an empty text and none remove', () => {
  const text =
    'clouds: []\nvservers: [{name: db0, cloud: c0, memory_max: "", address: none, cpu_weight: 50, state: standby}]'
  const { memory_max, ...others } = db0.parameters

  expect(resolved(text, [db0]).vservers.map(({ vserver }) => vserver)).toEqual([
    { ...db0, parameters: { ...others, cpu_weight: '50' }, address: undefined, state: 'standby' },
  ])
})

test('a cloud may be mounted elsewhere, with the directories of its vservers in the new one', () => {
  const { clouds, problems } = resolved('clouds: [{name: c0, directory: /srv/other}]', [web0])

  expect(problems).toEqual([])
  expect(clouds[0]?.cloud.directory).toBe('/srv/other')
})

describe('a vserver is refused', () => {
  const creating = { creating: true }
  test.each<[string, string, readonly Vserver[], string, Partial<ResolveContext>?]>([
    ['on no cloud', '{name: web0, cloud: c9}', [], 'vservers/0/cloud: there is no cloud c9 for web0 (clouds: c1, c0)'],
    [
      'on a new and empty cloud',
      '{name: web0, cloud: c1}',
      [],
      'vservers/0/name: web0 has nothing to run, because c1 is new and empty',
      creating,
    ],
    [
      'on another cloud than it is',
      '{name: web0, cloud: c1, state: standby}',
      [web0],
      'vservers/0/cloud: web0 is on c0 and cannot move to c1',
    ],
    [
      'with a name that differs in case',
      '{name: WEB0, cloud: c0}',
      [web0],
      'vservers/0/name: a vserver named web0 already exists',
    ],
    [
      'with a name like a range',
      '{name: web0-3, cloud: c0}',
      [],
      'vservers/0/name: a vserver named web0-3 could be taken for a range',
    ],
    [
      'in the directory of another',
      '{name: a, cloud: c0, tree: web0/a}',
      [web0],
      'vservers/0/tree: tree web0/a of a and web0 of web0 overlap',
    ],
    [
      'in the directory of another in the file',
      '{name: a, cloud: c0}, {name: b, cloud: c0, tree: a}',
      [],
      'vservers/1/tree: tree a of b and a of a overlap',
    ],
    [
      'with an address of the cluster',
      '{name: a, cloud: c0, address: 192.0.2.10/24}',
      [db0],
      'vservers/0/address: 192.0.2.10 is in use in this cluster',
    ],
    [
      'with the address of another',
      '{name: a, cloud: c0, address: 192.0.2.9/24}, {name: b, cloud: c0, address: 192.0.2.9/24}',
      [],
      'vservers/0/address: address 192.0.2.9 is already used by b',
    ],
    [
      'with an address at which a host answers',
      '{name: a, cloud: c0, address: 192.0.2.9/24}',
      [],
      'vservers/0/address: a host already answers at 192.0.2.9',
      { usedAddresses: ['192.0.2.9'] },
    ],
    [
      'with other vhosts than its cloud',
      '{name: a, cloud: c1, state: standby, vhosts: [node1]}',
      [],
      'vservers/0/vhosts: a runs where c1 is mounted, and c1 has other vhosts',
    ],
    [
      'with vhosts of a cloud outside the file',
      '{name: a, cloud: c0, vhosts: [node1]}',
      [],
      'vservers/0/vhosts: a runs where c0 is mounted, which is not in this file',
    ],
    [
      'with a command and an init',
      '{name: a, cloud: c0, boot: true, command: /bin/x}',
      [],
      'vservers/0/command: a has a command, and boot is on',
    ],
    ['with neither', '{name: a, cloud: c0, boot: false}', [], 'vservers/0/boot: boot of a is off'],
    [
      'with settings that it can change',
      '{name: a, cloud: c0, settings: /srv/c0/a/x}',
      [],
      'vservers/0/settings: settings /srv/c0/a/x is in /srv/c0/a',
    ],
  ])('%s', (_, text, present, message, change) => {
    const { vservers, problems } = resolved(
      `clouds: [{name: c1, size: 1G, vhosts: [node2]}]\nvservers: [${text}]`,
      present,
      change,
    )
    const [first = '', ...more] = problems.map(problem => `${problem.path.join('/')}: ${problem.message}`)

    expect(first).toContain(message)
    expect(more.filter(line => !line.includes('already used by'))).toEqual([])
    expect(vservers.length).toBeLessThan(2)
  })

  test('with a vhost that is not a node, at its own place', () => {
    const { problems } = resolved('clouds: [{name: c0}]\nvservers: [{name: a, cloud: c0, vhosts: [node1, node9]}]')

    expect(problems).toMatchObject([{ path: ['vservers', 0, 'vhosts', 1], message: expect.stringContaining('node9') }])
  })
})
