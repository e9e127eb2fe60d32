import {
  array,
  assert,
  boolean,
  constantFrom,
  integer,
  option,
  property,
  record,
  shuffledSubarray,
  tuple,
  uniqueArray,
} from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Configuration, OPEN } from '../../../../cloud/configuration.ts'
import { problemText, readFile } from '../../../../cloud/file/read-file.ts'
import { writeFile } from '../../../../cloud/file/write-file.ts'
import { parseAddressRange, parseSubnet } from '../../../../cloud/subnets.ts'
import { rows } from '../../rows.ts'

/** The problems of a file, as the command prints them. */
function problemsOf(text: string): string[] {
  return readFile(text).problems.map(problem => problemText('clouds.yaml', problem))
}

const nothing = { ...OPEN, sizeBytes: undefined }

test('a name and a size are enough for a cloud', () => {
  const { configuration, problems } = readFile('clouds:\n  - name: c0\n    size: 10G\n')

  expect(problems).toEqual([])
  expect(configuration).toEqual({
    cluster: undefined,
    networks: { serviceAddresses: undefined, replication: undefined },
    nodes: [],
    clouds: [{ ...nothing, name: 'c0', sizeBytes: 10 * 2 ** 30 }],
    vservers: [],
  })
})

test('a file may contain every key', () => {
  const { configuration, problems } = readFile(`
cluster: lab
networks:
  storage: { addresses: 10.77.1.100-10.77.1.199/24 }
  replication: { subnet: 10.77.3.0/24 }
nodes:
  - name: alpha
    roles: [storage]
  - name: beta
    roles: [storage, vhost]
    initiator: iqn.2004-10.com.debian:Beta
clouds:
  - name: mail
    size: 1.5G
    storage: [beta, alpha]
    vhosts: [beta]
    directory: /srv/mail
    options: noatime,data=journal
    state: standby
    initiators: [iqn.2026-01.org.example:BackUp]
    chap:
      user: mail
      secret: /etc/vhacs/mail.secret
      mutual: { user: target, secret: "lrm://" }
    address: 10.77.1.150
    volume_group: fast
    minor: 7
    iqn: iqn.2026-01.org.example:mail
    tpgt: 2
  - name: news
    size: 2T
    storage: choose
    chap: none
`)

  expect(problems).toEqual([])
  expect(configuration).toEqual({
    cluster: 'lab',
    vservers: [],
    networks: {
      serviceAddresses: parseAddressRange('10.77.1.100-10.77.1.199/24'),
      replication: parseSubnet('10.77.3.0/24'),
    },
    nodes: [
      { name: 'alpha', roles: ['storage'], initiator: undefined },
      { name: 'beta', roles: ['storage', 'vhost'], initiator: 'iqn.2004-10.com.debian:beta' },
    ],
    clouds: [
      {
        name: 'mail',
        sizeBytes: 1.5 * 2 ** 30,
        volumeGroup: 'fast',
        storageNodes: ['beta', 'alpha'],
        preferredVhosts: ['beta'],
        directory: '/srv/mail',
        mountOptions: 'noatime,data=journal',
        address: '10.77.1.150',
        prefixLength: undefined,
        minor: 7,
        iqn: 'iqn.2026-01.org.example:mail',
        tpgt: 2,
        chap: {
          initiator: { user: 'mail', secret: '/etc/vhacs/mail.secret' },
          target: { user: 'target', secret: 'lrm://' },
        },
        moreInitiators: ['iqn.2026-01.org.example:backup'],
        state: 'standby',
      },
      { ...nothing, name: 'news', sizeBytes: 2 * 2 ** 40, chap: 'none' },
    ],
  })
})

test('clouds can share values by an anchor and a merge key', () => {
  const { configuration, problems } = readFile(`
clouds:
  - &plain
    name: c0
    size: 1G
    options: noatime
  - <<: *plain
    name: c1
`)

  expect(problems).toEqual([])
  expect(configuration?.clouds.map(({ name, mountOptions }) => [name, mountOptions])).toEqual([
    ['c0', 'noatime'],
    ['c1', 'noatime'],
  ])
})

test('an IPv6 address is read in its normal form, with a prefix length if there is one', () => {
  const { configuration } = readFile(
    'clouds: [{name: c0, address: "2001:DB8:0::1"}, {name: c1, address: "2001:DB8:0::2/64"}]',
  )

  expect(configuration?.clouds.map(({ address, prefixLength }) => [address, prefixLength])).toEqual([
    ['2001:db8::1', undefined],
    ['2001:db8::2', 64],
  ])
})

test.each([
  '10.77.1.5/32',
  '10.77.1.4/31',
  '10.77.1.255/32',
  '2001:db8::/127',
  '2001:db8::/128',
])('an address of a point-to-point link or a host of its own is read: %s', text => {
  const { configuration, problems } = readFile(`clouds: [{name: c0, address: "${text}"}]`)

  expect(problems).toEqual([])
  expect(configuration?.clouds.map(({ address, prefixLength }) => `${address}/${prefixLength}`)).toEqual([text])
})

describe('a file is refused, with line and column, when', () => {
  test.each(
    rows(String.raw`
      it is empty |  | 1:1: the file is empty: keys with values are expected
      it is a list | - c0\n | 1:1: the file is ["c0"]: keys with values are expected
      it has no clouds | cluster: lab\n | 1:1: clouds is missing
      it is not YAML | clouds: [\n | 2:1: not valid YAML: the indentation is wrong, or a closing ] or } is missing
      a number is infinite | clouds: [{name: c0, minor: .inf}]\n | 1:28: minor is Infinity: a whole number from 0 to 57735 is expected
      a key is repeated | clouds: []\nclouds: []\n | 2:1: not valid YAML: this key is in the mapping before: remove one of the two
      a key is unknown | clouds: []\ncloud: []\n | 2:1: "cloud" is not a key here: use one of cluster, networks, nodes, clouds
      a cloud’s key is unknown | clouds:\n  - name: c0\n    sise: 1G\n | 3:5: "sise" is not a key here: use one of name, size, storage
      a cloud has no name | clouds:\n  - size: 1G\n | 2:5: name is missing: letters, digits and dashes
      a name is invalid | clouds:\n  - name: 0c\n | 2:11: name: "0c" is not a cloud's name: letters, digits and dashes
      a size is a number | clouds:\n  - name: c0\n    size: 10\n | 3:11: size is 10: a text is expected; like 500M, 1.5G
      a size is invalid | clouds:\n  - name: c0\n    size: ten\n | 3:11: size: a size like 500M, 1.5G or 2T is expected, got "ten"
      a size is too small | clouds:\n  - name: c0\n    size: 1M\n | 3:11: size: a cloud needs at least 32M, got "1M"
      only one storage node is named | clouds: [{name: c0, storage: [a]}]\n | 1:30: storage is ["a"]: "choose" or a list of two or three nodes is expected
      four storage nodes are named | clouds: [{name: c0, storage: [a, b, c, d]}]\n | 1:30: storage is ["a","b","c","d"]: "choose" or a list of two or three nodes is expected
      a storage node is named twice | clouds: [{name: c0, storage: [a, a]}]\n | 1:30: storage contains an item twice: "choose" or a list of two or three nodes
      storage is a word | clouds: [{name: c0, storage: any}]\n | 1:30: storage is "any": "choose" or a list of two or three nodes is expected, like [alpha, beta]
      vhosts are not a list | clouds: [{name: c0, vhosts: a}]\n | 1:29: vhosts is "a": a list is expected, like [one, two];
      a state is unknown | clouds: [{name: c0, state: off}]\n | 1:28: state is "off": active or standby is expected
      a directory is relative | clouds: [{name: c0, directory: srv}]\n | 1:32: directory is "srv": an absolute path
      a directory is no UTF-8 | clouds: [{name: c0, directory: "/a\ud800b"}]\n | 1:32: directory is "/a\ud800b": an absolute path in UTF-8 without control characters is expected
      mount options are invalid | clouds: [{name: c0, options: "a b"}]\n | 1:30: options is "a b": up to 4000 characters of mount options
      an address is a number | clouds: [{name: c0, address: 10.1}]\n | 1:30: address is 10.1: a text is expected
      an initiator is invalid | clouds: [{name: c0, initiators: [x]}]\n | 1:34: initiators is "x": an iSCSI name
      a range of addresses is invalid | networks: {storage: {addresses: x}}\nclouds: []\n | 1:33: addresses: "x" is not a range
      a subnet is invalid | networks: {replication: {subnet: x}}\nclouds: []\n | 1:34: subnet: "x" is not a subnet
      a role is unknown | nodes: [{name: a, roles: [vhosts]}]\nclouds: []\n | 1:27: roles is "vhosts": storage or vhost is expected
      a node is listed twice | nodes: [{name: a}, {name: a}]\nclouds: []\n | 1:27: node a is listed twice
      CHAP has no user | clouds: [{name: c0, chap: {secret: /s}}]\n | 1:27: user is missing: CHAP name
      a CHAP user is a number | clouds: [{name: c0, chap: {user: 0x1, secret: /s}}]\n | 1:34: user is 1: a text is expected
      two clouds differ in case only | clouds:\n  - name: c0\n  - name: C0\n | 3:11: a cloud named c0 already exists: choose another name
      two clouds have one address | clouds: [{name: a, address: "::1:1"}, {name: b, address: "::1:1"}]\n | 1:58: address ::1:1 is already used by a: give each cloud its own
      two clouds have one minor | clouds: [{name: a, minor: 1}, {name: b, minor: 1}]\n | 1:48: minor 1 is already used by a: give each cloud its own
      an address is invalid with its prefix length | clouds:\n  - name: c0\n    address: 10.77.2.1/33\n | 3:14: address is "10.77.2.1/33": an address like 10.77.1.100
      an address is of the loopback | clouds: [{name: c0, address: 127.0.1.1}]\n | 1:30: address: "127.0.1.1" is a loopback address: choose an address of the storage network
      an address is unspecified | clouds: [{name: c0, address: 0.0.0.0}]\n | 1:30: address: "0.0.0.0" belongs to no host
      an address is multicast | clouds: [{name: c0, address: 239.1.1.1}]\n | 1:30: address: "239.1.1.1" is a multicast address
      an address is link-local | clouds: [{name: c0, address: 169.254.1.1}]\n | 1:30: address: "169.254.1.1" is a link-local address
      an address is the broadcast address | clouds: [{name: c0, address: 255.255.255.255}]\n | 1:30: address: "255.255.255.255" is the broadcast address
      an address is that of its network | clouds: [{name: c0, address: 10.0.0.0/24}]\n | 1:30: address: "10.0.0.0/24" is the address of the network itself, with a prefix of 24 bits
      an address is the broadcast address of its network | clouds: [{name: c0, address: 10.0.0.255/24}]\n | 1:30: address: "10.0.0.255/24" is the broadcast address, with a prefix of 24 bits
      an IPv6 address is unspecified | clouds: [{name: c0, address: "::"}]\n | 1:30: address: "::" belongs to no host
      an IPv6 address is of the loopback | clouds: [{name: c0, address: "::1"}]\n | 1:30: address: "::1" is a loopback address
      an IPv6 address is link-local | clouds: [{name: c0, address: "fe80::5/64"}]\n | 1:30: address: "fe80::5/64" is a link-local address
      an IPv6 address is multicast | clouds: [{name: c0, address: "ff05::5/64"}]\n | 1:30: address: "ff05::5/64" is a multicast address
      an IPv6 address is one of IPv4 | clouds: [{name: c0, address: "::ffff:10.0.0.5"}]\n | 1:30: address: "::ffff:10.0.0.5" is an IPv4 address in IPv6 form
      a minor is too high | clouds: [{name: c0, minor: 99999}]\n | 1:28: minor is 99999: a whole number from 0 to 57735 is expected
      CHAP is another word | clouds: [{name: c0, chap: None}]\n | 1:27: chap is "None": "none" or a mapping with user and secret is expected
      a network is no mapping | networks: {storage: 5}\nclouds: []\n | 1:21: storage is 5: keys with values are expected
      a value breaks two rules | clouds: [{name: c0, storage: [a, a, a, a]}]\n | 1:30: storage is ["a","a","a","a"]: "choose" or a list of two or three nodes is expected
      an alias stands for nothing | clouds: [*c0]\n | 1:10: *c0 refers to nothing: put &c0 before a value above it
      an alias is inside its value | clouds: &all [*all]\n | 1:15: *all is inside the value that it refers to
      a merge contains itself | clouds:\n  - &c0\n    <<: *c0\n | 3:9: *c0 is inside the value that it refers to
      a merge takes no mapping | clouds:\n  - <<: [1]\n | 2:5: << takes a mapping or a list of mappings, such as *name
      a key is a list | clouds: [{[a]: 1}]\n | 1:11: a key is a text, not a list or a mapping
      there are two documents | clouds: []\n---\nclouds: []\n | 2:1: not valid YAML: the file has several documents
      a tag is unknown | clouds: !all []\n | 1:9: not valid YAML: a tag, which starts with !, has no meaning here
      one line has several errors | - a\nb: 1\n | 2:1: not valid YAML: this is not expected here
      both secrets are in one file | clouds: [{name: a, chap: {user: u, secret: /s, mutual: {user: t, secret: /s}}}]\n | 1:74: the secrets of initiator and target must differ
    `),
  )('%s', (_case, text = '', expected) => {
    expect(problemsOf(text)).toEqual([expect.stringContaining(`clouds.yaml:${expected}`)])
  })
})

test('a file of aliases that would not fit into memory is refused where it grows too large', () => {
  const rows = Array.from(
    { length: 20 },
    (_, index) => `a${index + 1}: &a${index + 1} [${Array(9).fill(`*a${index}`)}]`,
  )
  const [first] = problemsOf(['a0: &a0 [x]', ...rows].join('\n'))
  expect(first).toMatch(/^clouds\.yaml:\d+:\d+: \*a\d expands to more than 100000 values: use fewer aliases$/)
})

test.each(['[', '{a: ', '- '])('a file that nests %j too deeply is refused', part => {
  expect(problemsOf(part.repeat(20_000))).toEqual([
    expect.stringMatching(/^clouds\.yaml:\d+:\d+: .* nested too deeply$/),
  ])
})

test('many clouds may share a value by an alias', () => {
  const others = Array.from({ length: 300 }, (_, index) => `  - {name: d${index}, storage: *pair}\n`)
  expect(problemsOf(`clouds:\n  - {name: c0, storage: &pair [a, b]}\n${others.join('')}`)).toEqual([])
})

test('whatever a file contains, each problem has a position, and nothing else is thrown', () => {
  const piece = constantFrom(
    'clouds:',
    '\n',
    '  ',
    '- ',
    'name: ',
    'c0',
    '*a',
    '&a ',
    '<<: ',
    '{',
    '}',
    '[',
    ']',
    ', ',
    '? ',
    ': ',
    '!x ',
    '"',
    "'",
    '---\n',
    '|',
    '#',
    '%',
    '\t',
    '\u0000',
    '1',
    '~',
  )
  assert(
    property(array(piece, { maxLength: 30 }), pieces => {
      for (const line of problemsOf(pieces.join(''))) expect(line).toMatch(/^clouds\.yaml:\d+:\d+: \S/)
    }),
    { numRuns: 500 },
  )
})

test('a secret in the file itself, by mistake, is not shown', () => {
  const problems = problemsOf('clouds: [{name: c0, chap: {user: u, secret: verysecretindeed}}]\n')

  expect(problems).toEqual([expect.stringContaining('1:45: secret is wrong: where the secret is: the path of a file')])
  expect(problems.join()).not.toContain('verysecret')
})

test('all problems are reported at once, in the order of the file', () => {
  const text = `
nodes:
  - name: node1
    roles: [all]
clouds:
  - name: c0
    size: much
    color: red
  - name: c1
    size: 10
    directory: there
  - name: C0
    address: 10.77.1.300
`

  const positions = problemsOf(text).map(line => line.split(':').slice(1, 3).join(':'))

  expect(positions).toEqual(['4:13', '7:11', '8:5', '10:11', '11:16', '12:11', '13:14'])
})

test('any configuration is the same after it is written and read', () => {
  const text = (...values: [string, ...string[]]) => option(constantFrom(...values), { nil: undefined })
  const credential = record({ user: constantFrom('u', 'a.b@c'), secret: constantFrom('/a/b', 'lrm://') })
  const cloud = record({
    name: constantFrom('c0', 'West-1', 'on', 'null', 'e7'),
    sizeBytes: option(integer({ min: 32, max: 2 ** 26 }), { nil: undefined }),
    volumeGroup: text('vhacs', '007'),
    storageNodes: option(constantFrom(['a', 'b'], ['yes', 'no'], ['1', '2']), { nil: undefined }),
    preferredVhosts: option(shuffledSubarray(['a', 'true', '3']), { nil: undefined }),
    directory: text('/srv/c', `/srv/"it's": #1 & *two`, '/ü'),
    mountOptions: text('', 'ro'),
    address: text('10.0.0.1', '2001:db8::1'),
    length: option(integer({ min: 8, max: 30 }), { nil: undefined }),
    minor: option(integer({ min: 0, max: 300 }), { nil: undefined }),
    iqn: text('iqn.2026-01.org.example:a'),
    tpgt: option(integer({ min: 1, max: 65535 }), { nil: undefined }),
    chap: option(constantFrom('none' as const), { nil: undefined }),
    moreInitiators: option(shuffledSubarray(['iqn.2026-01.org.example:x', 'eui.02004567a425678d']), { nil: undefined }),
    state: option(constantFrom('active' as const, 'standby' as const), { nil: undefined }),
  })
  const configuration = tuple(
    uniqueArray(cloud, { selector: ({ name }) => name, maxLength: 3 }),
    tuple(credential, option(credential, { nil: undefined })),
    boolean(),
  ).map(
    ([clouds, [initiator, target], hasNetworks]): Configuration => ({
      cluster: hasNetworks ? 'lab' : undefined,
      networks: {
        serviceAddresses: hasNetworks ? parseAddressRange('10.0.0.1-10.0.0.9/24') : undefined,
        replication: hasNetworks ? parseSubnet('2001:db8::/64') : undefined,
      },
      nodes: hasNetworks ? [{ name: '1', roles: ['storage'], initiator: undefined }] : [],
      vservers: [],
      clouds: clouds.map(({ sizeBytes, storageNodes, chap, length, ...item }) => ({
        ...item,
        prefixLength: item.address === undefined ? undefined : length,
        sizeBytes: sizeBytes === undefined ? undefined : sizeBytes * 2 ** 20,
        storageNodes: storageNodes && [storageNodes[0] ?? '', storageNodes[1] ?? ''],
        chap: chap ?? { initiator, target },
      })),
    }),
  )

  assert(
    property(configuration, written => {
      expect(readFile(writeFile(written)).configuration).toEqual(written)
    }),
  )
}, 30_000)

describe('a text that would be a command, an option or a line of a configuration elsewhere is a problem with its position', () => {
  const whole = (key: string, text: string) => {
    const value = JSON.stringify(text)
    const values: Readonly<Record<string, string>> = {
      'nodes[0].name': `nodes: [{name: ${value}}]\nclouds: []`,
      'nodes[0].initiator': `nodes: [{name: a, initiator: ${value}}]\nclouds: []`,
      name: `clouds: [{name: ${value}}]`,
      storage: `clouds: [{name: c0, storage: [${value}, b]}]`,
      'storage[1]': `clouds: [{name: c0, storage: [b, ${value}]}]`,
      vhosts: `clouds: [{name: c0, vhosts: [${value}]}]`,
      directory: `clouds: [{name: c0, directory: ${value}}]`,
      options: `clouds: [{name: c0, options: ${value}}]`,
      initiators: `clouds: [{name: c0, initiators: [${value}]}]`,
      'chap.user': `clouds: [{name: c0, chap: {user: ${value}, secret: /etc/s}}]`,
      'chap.secret': `clouds: [{name: c0, chap: {user: u, secret: ${JSON.stringify(`/etc/${text}`)}}}]`,
      'chap.mutual.secret': `clouds: [{name: c0, chap: {user: u, secret: /s, mutual: {user: t, secret: ${JSON.stringify(`/${text}`)}}}}]`,
      address: `clouds: [{name: c0, address: ${value}}]`,
      volume_group: `clouds: [{name: c0, volume_group: ${value}}]`,
      iqn: `clouds: [{name: c0, iqn: ${value}}]`,
    }
    return values[key] ?? ''
  }
  const KEYS = [
    'nodes[0].name',
    'nodes[0].initiator',
    'name',
    'storage',
    'storage[1]',
    'vhosts',
    'directory',
    'options',
  ]
  const MORE = ['initiators', 'chap.user', 'chap.secret', 'chap.mutual.secret', 'address', 'volume_group', 'iqn']
  const texts = ['a\nproperty stonith-enabled=false', 'a\u0085b', 'a\n']

  test.each([...KEYS, ...MORE])('%s', key => {
    for (const text of texts) {
      const problems = problemsOf(whole(key, text))
      expect(problems).toHaveLength(1)
      expect(problems[0]).toMatch(/^clouds\.yaml:[12]:\d+: .* expected/)
    }
  })
})
