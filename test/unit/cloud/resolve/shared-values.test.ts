import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readCluster } from '../../../../cloud/cib/read/cluster.ts'
import { readFile } from '../../../../cloud/file/read-file.ts'
import { resolve } from '../../../../cloud/resolve/resolve.ts'
import { element } from '../../../../cloud/xml.ts'
import { rows } from '../../rows.ts'
import { edited, withNodeAttribute } from '../cib.ts'
import { cibWith, context, c0 as example, factsOf, initiatorOf, names, problemLines, resolved } from './lab.ts'

const c0 = { ...example, directory: '/clouds/c0' }

/** c0, and a file system and a target of other agents, on /srv/www and with the name iqn.2026-01.org.example:www. */
const withForeign = edited(cibWith([c0]), found => {
  if (found.name !== 'resources') return undefined
  const primitive = (id: string, type: string, name: string, value: string) =>
    element('primitive', { id, class: 'ocf', provider: 'heartbeat', type }, [
      element('instance_attributes', { id: `${id}-p` }, [element('nvpair', { id: `${id}-p-0`, name, value })]),
    ])
  const others = [
    primitive('www-fs', 'Filesystem', 'directory', '/srv/www/'),
    primitive('www-target', 'iSCSITarget', 'iqn', 'iqn.2026-01.org.example:WWW'),
  ]
  return [{ ...found, children: [...found.children, ...others] }]
})

describe('unique values are compared after defaults, and with the cluster:', () => {
  // what is shared | the file | where and why
  test.each(
    rows(`
      a directory with that of a cloud that is not in the file | clouds: [{name: c1, size: 1G, directory: /clouds/c0}] | clouds[0].directory: directory /clouds/c0 is already used by c0: give each cloud its own
      a directory with a default | clouds: [{name: c1, size: 1G}, {name: c2, size: 1G, directory: /clouds/c1}] | clouds[1].directory: directory /clouds/c1 is already used by c1
      a default with a directory | clouds: [{name: c2, size: 1G, directory: /clouds/c1}, {name: c1, size: 1G}] | clouds[1].name: directory /clouds/c1 is already used by c2
      a directory inside that of another cloud | clouds: [{name: c1, size: 1G, directory: /clouds/c0/inside}] | clouds[0].directory: directory /clouds/c0/inside and /clouds/c0 of c0 overlap
      a directory around those of others | clouds: [{name: c1, size: 1G, directory: /clouds}] | clouds[0].directory: directory /clouds and /clouds/c0 of c0 overlap
      a new directory of an existing cloud | clouds: [{name: c0, directory: /clouds/c1}, {name: c1, size: 1G}] | clouds[1].name: directory /clouds/c1 is already used by c0
      a directory with another agent’s file system | clouds: [{name: c1, size: 1G, directory: /srv/www}] | clouds[0].directory: directory /srv/www and /srv/www/ of the resource www-fs overlap
      an IQN with that of a cloud that is not in the file | clouds: [{name: c1, size: 1G, iqn: ${c0.iqn}}] | clouds[0].iqn: iqn ${c0.iqn} is already used by c0
      an IQN with a default | clouds: [{name: c1, size: 1G}, {name: c2, size: 1G, iqn: "iqn.2026-01.org.vhacs:lab:c1"}] | clouds[1].iqn: iqn iqn.2026-01.org.vhacs:lab:c1 is already used by c1
      an IQN with another agent’s target | clouds: [{name: c1, size: 1G, iqn: "iqn.2026-01.org.example:www"}] | clouds[0].iqn: iqn iqn.2026-01.org.example:www is the same as iqn.2026-01.org.example:WWW of the resource www-target
    `),
  )('%s', (_case, file = '', problem = '') => {
    expect(problemLines(resolved(file, context([c0], { cluster: readCluster(withForeign) })))).toEqual([
      expect.stringContaining(problem),
    ])
  })

  const pairIn = (set: string, attributes: Readonly<Record<string, string>>) =>
    element('instance_attributes', { id: set }, [element('nvpair', { id: `${set}-p`, ...attributes })])
  const fs = { class: 'ocf', provider: 'heartbeat', type: 'Filesystem' }
  const srv = { name: 'directory', value: '/srv' }
  const PLACES: Readonly<Record<string, readonly ReturnType<typeof element>[]>> = {
    'in a second set': [
      element('primitive', { id: 'fs', ...fs }, [pairIn('a', { name: 'directory', value: '/mnt' }), pairIn('b', srv)]),
    ],
    'in a template': [element('template', { id: 'fs', ...fs }, [pairIn('a', srv)])],
    'of a clone': [element('clone', { id: 'fs' }, [pairIn('a', srv), element('primitive', { id: 'x', ...fs })])],
    'where a reference leads': [
      element('primitive', { id: 'fs', ...fs }, [
        element('instance_attributes', { id: 'r' }, [element('nvpair', { 'id-ref': 'a-p', name: 'directory' })]),
      ]),
      element('primitive', { id: 'x', ...fs }, [pairIn('a', { name: 'mountpoint', value: '/srv' })]),
    ],
  }
  test.each(Object.entries(PLACES))('a directory %s has an owner', (_where, resources) => {
    const cib = edited(cibWith([c0]), found =>
      found.name === 'resources' ? [{ ...found, children: [...found.children, ...resources] }] : undefined,
    )
    const found = resolved(
      'clouds: [{name: c1, size: 1G, directory: /srv/c1}]',
      context([c0], { cluster: readCluster(cib) }),
    )
    expect(problemLines(found)).toEqual([
      expect.stringContaining('directory /srv/c1 and /srv of the resource fs overlap'),
    ])
  })

  test('the values of a partly readable cloud also count', () => {
    const deviating = edited(withForeign, ({ attributes: { id } }) => (id === 'c0-vhost-location' ? [] : undefined))
    const found = resolved(
      'clouds: [{name: c1, size: 1G, directory: /clouds/c0}]',
      context([], { cluster: readCluster(deviating) }),
    )
    expect(problemLines(found)).toEqual([expect.stringContaining('directory /clouds/c0 is already used by c0')])
  })

  test('a value that a file names twice is a problem of the file alone', () => {
    expect(() => resolved('clouds: [{name: a, size: 1G, directory: /x}, {name: b, size: 1G, directory: /x}]')).toThrow(
      /is already used by a/,
    )
  })

  test('clouds that already share a value are accepted', () => {
    const other = { ...c0, name: 'c9', minor: 9, address: '10.77.1.109', iqn: `${c0.iqn}-9` }
    const found = resolved('clouds: [{name: c9, size: 1G}, {name: c0}]', context([c0, other]))
    expect(problemLines(found)).toEqual([])
  })

  test('clouds may exchange their directories', () => {
    const other = { ...c0, name: 'c9', minor: 9, address: '10.77.1.109', iqn: `${c0.iqn}-9`, directory: '/srv/c9' }
    const file = 'clouds: [{name: c9, directory: /clouds/c0}, {name: c0, directory: /srv/c9}]'
    expect(problemLines(resolved(file, context([c0, other])))).toEqual([])
  })
})

test('an address in a different form than in the CIB is the same', () => {
  const six = { ...c0, address: '2001:DB8:0::100', prefixLength: 64 }
  expect(problemLines(resolved('clouds: [{name: c0, address: "2001:db8::100/64"}]', context([six])))).toEqual([])
})

describe('two vhosts with one initiator name', () => {
  const same = (node: string) => initiatorOf(node === 'node3' ? 'node2' : node)
  const cloned = { facts: names.map(name => factsOf(name, { initiator: same(name) })) }

  test('are refused for a new cloud', () => {
    expect(problemLines(resolved('clouds: [{name: c1, size: 1G}]', context([c0], cloned)))).toEqual([
      expect.stringMatching(/^nodes: node3 and node2 have the same iSCSI initiator name .*: give each its own in /),
    ])
  })

  test('are refused where the file names it, in whatever case', () => {
    const file = 'nodes: [{name: node1, initiator: "iqn.2004-10.com.debian:node2"}]\nclouds: [{name: c1, size: 1G}]'
    expect(problemLines(resolved(file))).toEqual([
      expect.stringContaining('nodes: node2 and node1 have the same iSCSI initiator name'),
    ])
  })

  test('are refused where the file names them, although no cloud is new', () => {
    const named = ['node1', 'node2'].map(name => `{name: ${name}, initiator: "iqn.2026-01.org.example:same"}`)
    expect(problemLines(resolved(`nodes: [${named.join(', ')}]\nclouds: [{name: c0}]`))).toEqual([
      expect.stringMatching(/^nodes\[1\]\.initiator: node2 and node1 have the same iSCSI initiator name/),
    ])
  })

  test('do not prevent a change of an existing cloud, and do not matter for a node that is not a vhost', () => {
    expect(problemLines(resolved('clouds: [{name: c0, directory: /srv/c0}]', context([c0], cloned)))).toEqual([])
    const cluster = readCluster(withNodeAttribute(cibWith([c0]), 'node3', 'vhacs-vhost', 'false'))
    expect(problemLines(resolved('clouds: [{name: c1, size: 1G}]', context([c0], { ...cloned, cluster })))).toEqual([])
  })
})

test('whatever clouds a file names, no two resulting directories are equal or nested', () => {
  const directory = fc.constantFrom('/a', '/a/b', '/a/b/c', '/ab', '/clouds/x0', '/clouds', '/clouds/x1/y', undefined)
  fc.assert(
    fc.property(fc.array(directory, { maxLength: 4 }), directories => {
      const clouds = directories.map((path, index) => ({
        name: `x${index}`,
        size: '32M',
        ...(path && { directory: path }),
      }))
      const { configuration, problems } = readFile(JSON.stringify({ clouds }))
      fc.pre(problems.length === 0)
      if (!configuration) throw new Error('not read')
      const { clouds: found } = resolve(configuration, context([]))
      const paths = found.map(({ cloud }) => `${cloud.directory}/`)
      for (const [index, path] of paths.entries())
        expect(paths.filter((other, place) => place !== index && other.startsWith(path))).toEqual([])
    }),
  )
})
