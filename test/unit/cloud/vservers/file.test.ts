import { describe, expect, test } from 'vitest'
import { readFile } from '../../../../cloud/file/read-file.ts'
import { writeFile } from '../../../../cloud/file/write-file.ts'

const fileWith = (...vservers: string[]) => `clouds: [{name: c0}]\nvservers: [${vservers.join(', ')}]\n`
const messages = (text: string) =>
  readFile(text).problems.map(({ position: { line, column }, message }) => `${line}:${column}: ${message}`)

test('a vserver has a name, a cloud, and everything else is left open', () => {
  const { configuration, problems } = readFile(fileWith('{name: web0, cloud: c0}'))

  expect(problems).toEqual([])
  expect(configuration?.vservers).toEqual([
    {
      name: 'web0',
      cloud: 'c0',
      tree: undefined,
      parameters: {},
      address: undefined,
      preferredVhosts: undefined,
      state: undefined,
    },
  ])
})

test('a file with all values is the same after it is read and written', () => {
  const text = `clouds:
  - name: c0
vservers:
  - name: web0
    cloud: c0
    tree: servers/web0
    state: standby
    vhosts:
      - node2
    address: 192.0.2.10/24
    boot: true
    network: bridge:br0
    private_users: 1048576
    memory_max: 2G
    cpu_weight: 200
    settings: /clouds/c0/web0.nspawn
    shutdown_timeout: 120
  - name: db0
    cloud: c0
    address: none
    boot: "no"
    command: /usr/bin/postgres -D /data
    memory_max: ""
`
  const { configuration, problems } = readFile(text)

  expect(problems).toEqual([])
  expect(configuration?.vservers[0]?.parameters).toMatchObject({
    boot: 'true',
    private_users: '1048576',
    cpu_weight: '200',
  })
  expect(configuration && writeFile(configuration).replace('boot: no', 'boot: "no"')).toBe(text)
})

describe('a problem is reported at its place', () => {
  test.each<[string, string, string]>([
    ['{name: web0}', '2:12', 'cloud is missing: the cloud that has its root directory; it runs where that is mounted'],
    ['{name: web-, cloud: c0}', '2:19', 'name: "web-" is not a vserver'],
    ['{name: ALL, cloud: c0}', '2:19', 'name: "ALL" is not a vserver'],
    ['{name: web0, cloud: c0, tree: ../x}', '2:42', 'tree is "../x": a directory of the cloud is expected'],
    ['{name: web0, cloud: c0, tree: /x}', '2:42', 'tree is "/x": a directory of the cloud is expected'],
    [
      '{name: web0, cloud: c0, address: 192.0.2.10}',
      '2:45',
      'address is "192.0.2.10": none, or an address with its network',
    ],
    ['{name: web0, cloud: c0, address: 192.0.2.0/24}', '2:45', 'is the address of the network itself'],
    ['{name: web0, cloud: c0, network: veth}', '2:45', 'network is "veth": none, host, bridge:NAME or macvlan:NAME'],
    ['{name: web0, cloud: c0, cpu_weight: -5}', '2:48', 'cpu_weight is -5: a whole number'],
    ['{name: web0, cloud: c0, memory_max: [1]}', '2:48', 'memory_max is [1]: limit of memory'],
    ['{name: web0, cloud: c0, machine: x}', '2:36', '"machine" is not a key here: use one of name, cloud, tree,'],
    ['{name: web0, cloud: c0}, {name: WEB0, cloud: c0}', '2:44', 'a vserver named web0 already exists'],
  ])('%s', (vserver, position, message) => {
    const [first = '', ...more] = messages(fileWith(vserver))

    expect(more).toEqual([])
    expect(first.startsWith(`${position}: `)).toBe(true)
    expect(first).toContain(message)
  })
})
