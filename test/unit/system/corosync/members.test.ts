import { describe, expect, test } from 'vitest'
import { corosyncConf, parseCorosyncConf } from '../../../../system/corosync/conf/corosync-conf.ts'
import { membershipIn, withMember, withoutMember } from '../../../../system/corosync/conf/members.ts'
import { parseConf, printConf } from '../../../../system/corosync/conf/syntax.ts'

const MEMBERS = ['alpha', 'beta', 'gamma', 'delta'].map((name, index) => ({
  name,
  id: index + 1,
  addresses: [`192.0.2.${index + 1}`, `2001:db8::${index + 1}`],
}))
const [alpha, beta, gamma, delta] = MEMBERS as [Member, Member, Member, Member]
type Member = (typeof MEMBERS)[number]
const confOf = (count: number) => corosyncConf('lab', MEMBERS.slice(0, count))

/** As an administrator or pcs may write it. */
const FOREIGN = `# ours
totem {
    version: 2
    cluster_name: lab # no comment
    transport: knet
    interface {
        linknumber: 0
        knet_link_priority: 2
    }
}

nodelist {
    node {
        ring0_addr: 192.0.2.1
        name: alpha
        nodeid: 7
    }

    node {
        ring0_addr: 192.0.2.2
        name: beta
        nodeid: 2
        quorum_votes: 1
    }
    # last
}

quorum {
    provider: corosync_votequorum
    two_node: 1
}
`

describe('a corosync.conf', () => {
  test.each([
    ['of vhacs', confOf(3)],
    ['of another author', FOREIGN],
    ['without a last line feed', FOREIGN.trimEnd()],
    ['with CR and LF', FOREIGN.replaceAll('\n', '\r\n')],
    ['that is empty', ''],
  ])('%s is printed as it was read', (_, text) => {
    expect(printConf(parseConf(text))).toBe(text)
  })

  test.each([
    ['totem {\n', 'the section totem is not closed'],
    ['a: b\n}\n', 'line 2: "}" without a section'],
    ['totem {\n}\n}', 'line 3: "}" without a section'],
    ['totem {\n rubbish\n}\n', 'line 2: a section, "key: value" or a comment is expected'],
    ['totem { }\n', 'the section totem is not closed'],
  ])('%j is refused', (text, why) => {
    expect(() => parseConf(text)).toThrow(new RangeError(why))
    expect(parseCorosyncConf(text)).toEqual({ clusterName: '', nodes: [] })
  })

  test('tells the members, with their ids and addresses', () => {
    expect(membershipIn(confOf(3))).toEqual({ members: [alpha, beta, gamma], links: 2, quorumBy: undefined })
    expect(membershipIn(FOREIGN).members[0]).toEqual({ name: 'alpha', id: 7, addresses: ['192.0.2.1'] })
  })

  test.each([
    ['totem {\n}\n', 'it has no list of nodes'],
    [FOREIGN.replace('name: beta', 'name: alpha'), 'two nodes have the same name'],
    [FOREIGN.replace('nodeid: 2', 'nodeid: 7'), 'two nodes have the same nodeid'],
    [FOREIGN.replace('nodeid: 2', 'nodeid: two'), 'beta has no nodeid'],
    [FOREIGN.replace('name: beta', ''), 'a node has no name'],
    [FOREIGN.replace('192.0.2.2', 'beta-link'), /^the addresses of beta are not ring0_addr/],
    [FOREIGN.replace('ring0_addr: 192.0.2.2', 'ring1_addr: 192.0.2.2'), /^the addresses of beta are not ring0_addr/],
    [FOREIGN.replace('quorum_votes: 1', 'ring1_addr: 192.0.2.9'), 'the nodes have different numbers of addresses'],
    [FOREIGN.replace('name: beta', 'name: -rf'), 'a node has a name that no host can have'],
  ])('that vhacs cannot extend is refused (%#)', (text, why) => {
    expect(() => membershipIn(text)).toThrow(RangeError)
    expect(() => membershipIn(text)).toThrow(why)
  })

  test.each([
    ['two_node: 1', 'device {\n        model: net\n    }', 'device'],
    ['two_node: 1', 'expected_votes: 2', 'expected_votes'],
  ] as const)('tells what else decides about quorum (%#)', (old, now, by) => {
    expect(membershipIn(FOREIGN.replace(old, now)).quorumBy).toBe(by)
  })
})

describe('a node more', () => {
  test.each([1, 2, 3])('makes of the file for %d nodes that for one more', count => {
    expect(withMember(confOf(count), MEMBERS[count] as Member)).toBe(confOf(count + 1))
  })

  test('is written as the others are, and nothing else changes but two_node', () => {
    const text = withMember(FOREIGN, { name: 'gamma', id: 8, addresses: ['192.0.2.3'] })
    const added =
      '\n    node {\n        nodeid: 8\n        name: gamma\n        ring0_addr: 192.0.2.3\n    }\n    # last'
    expect(text).toBe(FOREIGN.replace('\n    # last', () => added).replace('    two_node: 1\n', ''))
  })

  test('is not added twice', () => {
    expect(withMember(confOf(3), gamma)).toBe(confOf(3))
  })
})

describe('a node less', () => {
  test.each([2, 3, 4])('makes of the file for %d nodes that for one less, whichever it is', count => {
    const all = MEMBERS.slice(0, count)
    for (const gone of all) {
      const others = all.filter(one => one !== gone)
      expect(withoutMember(confOf(count), gone.name)).toBe(corosyncConf('lab', others))
    }
  })

  test('leaves everything else as it was', () => {
    const more = withMember(FOREIGN, { name: 'gamma', id: 8, addresses: ['192.0.2.3'] })
    expect(withoutMember(more, 'gamma')).toBe(FOREIGN.replace('two_node: 1\n', 'two_node: 1\n    wait_for_all: 1\n'))
  })

  test('is not removed twice, and the last one not at all', () => {
    expect(withoutMember(confOf(3), delta.name)).toBe(confOf(3))
    expect(() => withoutMember(confOf(1), alpha.name)).toThrow('alpha is its only node')
  })
})

test('what looks like a node in a comment stays, a number of votes does not, and no ids and addresses are needed', () => {
  const list = MEMBERS.map(
    ({ name }) => `    node { # ${name}\n        name: ${name}\n        ring0_addr: host-${name}\n    }\n`,
  )
  const votes = '    wait_for_all: 1\n    last_man_standing: 1\n'
  const text = (nodes: readonly string[], more: string) =>
    `# node { name: alpha }\nquorum {\n${more}${votes}}\nnodelist {\n${nodes.join('')}}\n`
  expect(withoutMember(text(list, '    expected_votes: 3\n'), 'alpha')).toBe(text(list.slice(1), ''))
})

test.each([
  ['two nodes have the same name', corosyncConf('lab', [alpha, beta, { ...alpha, id: 9 }])],
  ['it has several sections quorum', `${confOf(3)}quorum {\n}\n`],
])('no node is removed where %s', (why, text) => {
  expect(() => withoutMember(text, 'alpha')).toThrow(new RangeError(why))
})

test.each([
  ['a quorum device', 'two_node: 1', 'device {\n        model: net\n    }'],
  ['a tie breaker', 'two_node: 1', 'auto_tie_breaker: 1'],
])('two nodes with %s get no settings for two', (_, old, now) => {
  const three = withMember(FOREIGN.replace(old, now), { name: 'gamma', id: 8, addresses: ['192.0.2.3'] })
  expect(withoutMember(three, 'gamma')).toBe(FOREIGN.replace(old, now))
})

test('wait_for_all stays where it does not come with two_node', () => {
  const three = confOf(3).replace('corosync_votequorum', 'corosync_votequorum\n\twait_for_all: 1')
  expect(withMember(three, delta)).toContain('wait_for_all: 1')
  expect(withoutMember(three, 'gamma').match(/wait_for_all: 1/g)).toHaveLength(1)
})
