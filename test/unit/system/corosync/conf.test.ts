import { expect, test } from 'vitest'
import { corosyncConf, parseCorosyncConf, withoutMember } from '../../../../system/corosync/conf.ts'

const members = ['alpha', 'beta', 'gamma', 'delta'].map((name, index) => ({
  name,
  id: index + 1,
  addresses: [`192.0.2.${index + 1}`, `198.51.100.${index + 1}`],
}))

/* A removed node leaves what init would have written for the others. */

test.each([4, 3, 2])('of %i nodes, one is removed', count => {
  const all = members.slice(0, count)
  for (const { name } of all)
    expect(withoutMember(corosyncConf('lab', all), name)).toBe(
      corosyncConf(
        'lab',
        all.filter(one => one.name !== name),
      ),
    )
})

test('comments and other settings stay', () => {
  const text = `# node { name: alpha }
quorum {
    provider: corosync_votequorum
    expected_votes: 3
    wait_for_all: 1
    last_man_standing: 1
}
nodelist {
    node { # the first
        name: alpha
        ring0_addr: 192.0.2.1
    }
    node {
        name: beta
        ring0_addr: 192.0.2.2
    }
    node {
        name: gamma
        ring0_addr: 192.0.2.3
    }
    node {
        name: delta
        ring0_addr: 192.0.2.4
    }
}
`
  const left = withoutMember(text, 'alpha')
  expect(parseCorosyncConf(left).nodes.map(({ name }) => name)).toEqual(['beta', 'gamma', 'delta'])
  expect(left).toContain('# node { name: alpha }\n')
  expect(left).toContain('    wait_for_all: 1\n    last_man_standing: 1\n}')
  expect(left).not.toContain('expected_votes')
})

test.each([
  ['omega', corosyncConf('lab', members), /has 0 entries of the node omega/],
  ['alpha', corosyncConf('lab', [...members, ...members]), /has 2 entries of the node alpha/],
  ['alpha', corosyncConf('lab', members).replace('quorum {', 'other {'), /does not have one quorum section/],
])('refuses to remove %s from a file that it does not understand', (name, text, why) => {
  expect(() => withoutMember(text, name)).toThrow(why)
})
