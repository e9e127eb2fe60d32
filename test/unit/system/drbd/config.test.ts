import { describe, expect, test } from 'vitest'
import {
  allConfiguredMinors,
  configuredAddresses,
  configuredMinors,
  resolvingPolicies,
} from '../../../../system/drbd/config/config.ts'
import { DrbdConfigError, DrbdConfigUnclear, parseDrbdConfig } from '../../../../system/drbd/config/syntax.ts'
import { fakeSystem } from '../../../fake/system.ts'

const node = (files: Readonly<Record<string, string>>) =>
  fakeSystem({ '/proc/sys/kernel/hostname': 'alpha\n', ...files })

describe('the parser', () => {
  test('makes sections and statements', () => {
    expect(parseDrbdConfig('resource c0 {\n  on alpha { device /dev/drbd0; }\n}\n')).toEqual([
      {
        words: ['resource', 'c0'],
        children: [{ words: ['on', 'alpha'], children: [{ words: ['device', '/dev/drbd0'], children: [] }] }],
      },
    ])
  })

  test('skips comments, also behind statements and with marks in them', () => {
    const [section] = parseDrbdConfig('# } {\nnet { # "quoted\n  protocol C; # ;\n}')
    expect(section?.children).toEqual([{ words: ['protocol', 'C'], children: [] }])
  })

  test('keeps quoted words whole, with marks and hashes in them', () => {
    const [section] = parseDrbdConfig('handlers { fence-peer "/bin/sh -c \'a; b # c\' {"; split-brain ""; }')
    expect(section?.children.map(({ words }) => words)).toEqual([
      ['fence-peer', "/bin/sh -c 'a; b # c' {"],
      ['split-brain', ''],
    ])
  })

  test('needs no blanks around marks', () => {
    expect(parseDrbdConfig('a{b c;d{e;}}')).toEqual([
      {
        words: ['a'],
        children: [
          { words: ['b', 'c'], children: [] },
          { words: ['d'], children: [{ words: ['e'], children: [] }] },
        ],
      },
    ])
  })

  test('an empty text has no statements', () => {
    expect(parseDrbdConfig('\n# nothing\n')).toEqual([])
  })

  test.each([
    ['a { b;', 'DRBD configuration: "a {" is never closed'],
    ['a; }', 'DRBD configuration: a "}" without its "{"'],
    ['a "b;', 'DRBD configuration: unexpected "'],
  ])('%j is refused', (text, message) => {
    expect(() => parseDrbdConfig(text)).toThrow(message)
  })
})

describe('the minor of a resource', () => {
  test.each([
    ['device /dev/drbd7;', [7]],
    ['device drbd7;', [7]],
    ['device minor 7;', [7]],
    ['device /dev/drbd_c0 minor 7;', [7]],
    ['device "/dev/drbd7";', [7]],
    ['volume 0 { device /dev/drbd7; }', [7]],
    ['volume 0 { device minor 7; } volume 1 { device minor 8; }', [7, 8]],
    ['on alpha { device /dev/drbd7; } on beta { device /dev/drbd9; }', [7]],
    ['on beta { device /dev/drbd9; } on gamma alpha { volume 0 { device /dev/drbd7; } }', [7]],
    ['device /dev/drbd7; on alpha { disk /dev/x; } on beta { disk /dev/y; }', [7]],
    ['on beta { device /dev/drbd9; }', []],
    ['device /dev/drbd7; on beta { address 10.0.0.2:1; } on gamma { address 10.0.0.3:1; }', []],
    ['device /dev/drbd5; on alpha { device /dev/drbd7; } on beta { device /dev/drbd9; }', [7]],
    ['on alpha { device /dev/drbd7; } device /dev/drbd5; on beta { address 10.0.0.2:1; }', [7]],
    ['volume 0 { device minor 5; } volume 1 { device minor 8; } on alpha { volume 0 { device minor 7; } }', [7, 8]],
    ['skip { device minor 5; } device minor 7;', [7]],
    ['skip old { device minor 5; volume 1 { device minor 6; } } device minor 7;', [7]],
    ['device minor 7; ignore-on alpha { device minor 5; }', [7]],
    ['floating 10.0.0.1:1 { device minor 7; } floating 10.0.0.2:1 { device minor 7; }', [7]],
    ['device minor 7; floating 10.0.0.1:1 { disk /dev/x; } floating 10.0.0.2:1 { disk /dev/y; }', [7]],
    ['device minor 7; connection { host alpha address 10.0.0.1:1; host beta address 10.0.0.2:1; }', [7]],
  ])('%j is %j on the node alpha', (text, minors) => {
    expect(configuredMinors(node({ '/etc/drbd.d/c0.res': `resource c0 { ${text} }` }), 'c0')).toEqual(minors)
  })

  test('may be in a file of another name that drbd.conf includes', () => {
    const system = node({
      '/etc/drbd.conf': 'include "drbd.d/global_common.conf";\ninclude "drbd.d/*.res";\n',
      '/etc/drbd.d/global_common.conf': 'global { usage-count no; }',
      '/etc/drbd.d/all.res': 'resource c1 { device minor 1; } resource "c0" { device minor 7; }',
      '/etc/drbd.d/.c0.res.swp': 'resource c0 { device minor 9; }',
      '/etc/drbd.d/c0xres': 'resource c0 { device minor 9; }',
    })
    expect(configuredMinors(system, 'c0')).toEqual([7])
  })

  test('may be in drbd.conf itself, or behind an absolute include of an include', () => {
    const system = node({
      '/etc/drbd.conf': 'resource c0 { device minor 7; } include "/srv/drbd/*.conf";',
      '/srv/drbd/more.conf': 'include "deep/c1.res";',
      '/srv/drbd/deep/c1.res': 'resource c1 { device minor 8; }',
    })
    expect(configuredMinors(system, 'c0')).toEqual([7])
    expect(configuredMinors(system, 'c1')).toEqual([8])
  })

  test('is undefined when the resource is not configured', () => {
    expect(configuredMinors(node({}), 'c0')).toBeUndefined()
    expect(configuredMinors(node({ '/etc/drbd.conf': 'include "nowhere/*.res"; include "missing.conf";' }), 'c0')).toBe(
      undefined,
    )
    expect(configuredMinors(node({ '/etc/drbd.d/c0.res': 'resource c00 { device minor 7; }' }), 'c0')).toBeUndefined()
  })

  test.each([
    ['itself', { '/etc/drbd.conf': 'include "drbd.conf"; include "drbd.d/*.res";' }],
    [
      'what includes it',
      { '/etc/drbd.conf': 'include "more.conf";', '/etc/more.conf': 'include "*.conf"; include "drbd.d/*.res";' },
    ],
    [
      'a file twice',
      { '/etc/drbd.conf': 'include "drbd.d/all.res"; include "drbd.d/*.res"; include "drbd.d/all.res";' },
    ],
  ])('is found although a file includes %s: drbdadm skips files that it has already read', (_, files) => {
    const system = node({ ...files, '/etc/drbd.d/all.res': 'resource c0 { device minor 7; }' })
    expect(configuredMinors(system, 'c0')).toEqual([7])
    expect(allConfiguredMinors(system)).toEqual([7])
  })

  test.each([
    ['drbd.d/c?.res', [1, 2]],
    ['*/*.res', [1, 2, 10]],
    ['*/*/*.res', [3]],
    ['drbd.d/c[1-2].res', [1, 2]],
    ['drbd.d/c[!1].res', [2]],
    ['drbd.d/c[^2].res', [1]],
    ['drbd.d/c[1.res', []],
    ['drbd.d/.*.res', [9]],
    ['./drbd.d//c1.res', [1]],
    ['/etc/drbd.d/c1*', [1, 10]],
    ['drbd.d/{c1,c2}.res', []],
    ['global.conf/*.res', []],
  ])('an include of %j finds the minors %j', (pattern, minors) => {
    const system = node({
      '/etc/drbd.conf': `include "${pattern}";`,
      '/etc/global.conf': '',
      '/etc/drbd.d/c1.res': 'resource c1 { device minor 1; }',
      '/etc/drbd.d/c2.res': 'resource c2 { device minor 2; }',
      '/etc/drbd.d/c10.res': 'resource c10 { device minor 10; }',
      '/etc/drbd.d/.c9.res': 'resource c9 { device minor 9; }',
      '/etc/drbd.d/sub/c3.res': 'resource c3 { device minor 3; }',
    })
    expect(allConfiguredMinors(system).sort((one, other) => one - other)).toEqual(minors)
  })

  test.each([
    'drbd.d/c[[:digit:]].res',
    'drbd.d/[!a[.-.]]*',
    'drbd.d/[z-a]*.res',
  ])('an include of %j names files that only drbdadm knows', pattern => {
    const system = node({ '/etc/drbd.conf': `include "${pattern}";`, '/etc/drbd.d/c1.res': 'resource c1 { }' })
    for (const read of [() => allConfiguredMinors(system), () => configuredMinors(system, 'c0')])
      expect(read).toThrow(DrbdConfigUnclear)
  })

  test('that only drbdadm knows is an error', () => {
    const ends = 'floating 10.0.0.1:7800 { device minor 7; } floating 10.0.0.2:7800 { device minor 8; }'
    const system = node({ '/etc/drbd.d/c0.res': `resource c0 { ${ends} }` })
    expect(() => configuredMinors(system, 'c0')).toThrow('only drbdadm knows which "floating" section of resource c0')
  })

  test('in a file that is damaged is an error that names the file', () => {
    const system = node({ '/etc/drbd.d/c0.res': 'resource c0 {' })
    expect(() => configuredMinors(system, 'c0')).toThrow(
      'DRBD configuration /etc/drbd.d/c0.res: "resource c0 {" is never closed',
    )
  })

  test('that is not a number is an error', () => {
    const system = node({ '/etc/drbd.d/c0.res': 'resource c0 { device /dev/sda; }' })
    expect(() => configuredMinors(system, 'c0')).toThrow('DRBD configuration: no minor in "device /dev/sda"')
  })
})

test('a resource that is commented out is not configured', () => {
  const system = node({ '/etc/drbd.d/c0.res': 'skip resource c0 { device minor 7; } skip { resource c0 { } }' })
  expect(configuredMinors(system, 'c0')).toBeUndefined()
})

test.each([
  '"',
  '\\"',
  '"\\',
  '{',
  '}',
  ' ',
  '#',
  '\n',
  'a;',
  'include',
  '0',
])('a text of nothing but %j takes time that grows linearly', part => {
  const seconds = (size: number) => {
    const text = part.repeat(size / part.length)
    const begun = performance.now()
    try {
      parseDrbdConfig(text)
    } catch (error) {
      expect(error).toBeInstanceOf(DrbdConfigError)
    }
    return (performance.now() - begun) / 1000
  }
  expect(seconds(2 ** 20)).toBeLessThan(2)
})

describe('policies that resolve a split brain', () => {
  test('of the resource and of the common section are found', () => {
    const system = node({
      '/etc/drbd.conf': 'include "drbd.d/*.conf";',
      '/etc/drbd.d/global_common.conf': 'common { net { after-sb-1pri discard-secondary; protocol C; } }',
      '/etc/drbd.d/c0.res': 'resource c0 { device minor 0; net { after-sb-0pri discard-zero-changes; } }',
    })
    expect(resolvingPolicies(system, 'c0')).toEqual([
      'after-sb-0pri discard-zero-changes',
      'after-sb-1pri discard-secondary',
    ])
  })

  test('are none where a split brain stays unresolved, as by default', () => {
    const system = node({
      '/etc/drbd.d/c0.res': 'resource c0 { device minor 0; net { after-sb-0pri disconnect; } }',
      '/etc/drbd.d/c1.res': 'resource c1 { device minor 1; net { after-sb-0pri discard-zero-changes; } }',
    })
    expect(resolvingPolicies(system, 'c0')).toEqual([])
  })
})

test.each([
  ['on alpha { device minor 0; address 192.0.2.1:7789; } on beta { address 192.0.2.2:7789; }', ['192.0.2.1:7789']],
  ['on alpha { device minor 0; address ipv6 [2001:db8::1]:7789; }', ['[2001:db8::1]:7789']],
  ['device minor 0; on beta { address 192.0.2.2:7789; }', []],
  ['connection { host alpha address 192.0.2.1:7789; host beta address 192.0.2.2:7789; }', ['192.0.2.1:7789']],
  ['connection { path { host beta address 192.0.2.2:1; host alpha address ipv6 [::1]:2; } }', ['[::1]:2']],
  ['skip { on alpha { address 192.0.2.9:7789; } }', []],
])('of %j the addresses of this node are %j', (text, addresses) => {
  expect(configuredAddresses(node({ '/etc/drbd.d/c0.res': `resource c0 { ${text} }` }), 'c0')).toEqual(addresses)
})
