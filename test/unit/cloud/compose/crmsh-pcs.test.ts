import { beforeAll, describe, expect, test } from 'vitest'
import { readCluster } from '../../../../cloud/cib/read/cluster.ts'
import type { Cloud } from '../../../../cloud/cloud.ts'
import { commentsOn, commentsOnVserver } from '../../../../cloud/compose/comments.ts'
import { compose } from '../../../../cloud/compose/compose.ts'
import { crmNodeText, crmText } from '../../../../cloud/compose/crm-text.ts'
import { pcsCommands, pcsNodeCommand, shellText } from '../../../../cloud/compose/pcs-commands.ts'
import { composeVserver } from '../../../../cloud/compose/vservers/vserver.ts'
import { nodeAttributes } from '../../../../cloud/node-attributes.ts'
import { cibOf, withoutId } from '../cib.ts'
import { bare, c0, db0, web0 } from '../examples.ts'
import { canonical, changedByPcs, loadedByCrmsh } from './crm-and-pcs.ts'

/*
 * crmsh 4.4 and pcs 0.11 turn our text into the same configuration as our XML.
 */

const nodes = ['node1', 'node2']
/** With all values that are hard to quote. */
const odd: Cloud = {
  ...c0,
  name: 'Odd--1-',
  minor: 9,
  address: '2001:db8::100',
  prefixLength: 64,
  iqn: 'iqn.2026-01.org.vhacs:lab:odd--1-',
  directory: `/srv/two words/"R&D" <it's> \\ $HOME`,
  state: 'standby',
  chap: { initiator: { user: 'a:b@c', secret: 'lrm://' }, target: { user: 't', secret: '/etc/a b' } },
}
const clouds = [c0, bare, odd]
const vservers = [web0, db0]
const empty = cibOf({ clouds: [], nodes })
const wanted = cibOf({ clouds, vservers, nodes })
const roles = nodeAttributes('node1', { roles: ['storage', 'vhost'], initiator: 'iqn.2004-10.com.debian:node1' })

describe('crmsh', () => {
  const text = [
    crmNodeText(roles, 'nodes-1'),
    ...clouds.map(cloud => crmText(compose(cloud), commentsOn(cloud))),
    ...vservers.map(vserver => crmText(composeVserver(vserver, c0), commentsOnVserver(vserver, c0))),
  ].join('\n')
  let loaded: string
  beforeAll(() => {
    loaded = loadedByCrmsh(empty, text)
  }, 60_000)

  test.each(['resources', 'constraints'] as const)('loads the same %s as in the XML', section => {
    expect(canonical(loaded, section)).toEqual(canonical(wanted, section))
  })

  test('keeps each comment in its place', () => {
    const comments = [...text.matchAll(/^# (.*)$/gm)].map(([, comment]) => comment)
    const kept = [...loaded.matchAll(/<!--# (.*?)-->/g)].map(([, comment]) => comment)
    expect(kept.toSorted()).toEqual(comments.toSorted())
    expect(loaded).toMatch(/<primitive [^>]*id="c0-lvm"[^>]*>\s*<!--# Cloud c0: data on node1 and node2/)
  })

  test('gives the node its attributes in addition to the existing ones', () => {
    const node = readCluster(loaded).nodes.find(({ name }) => name === 'node1')
    expect(node?.attributes).toEqual({
      'vhacs-storage': 'true',
      'vhacs-vhost': 'true',
      'vhacs-initiator': 'iqn.2004-10.com.debian:node1',
    })
  })

  test('gives attributes to a node whose name is no id in XML', () => {
    const cib = withoutId(cibOf({ clouds: [], nodes: ['node1'] }), 'node1-attributes').replaceAll(
      '"node1"',
      '"18node1"',
    )
    const given = nodeAttributes('18node1', { roles: ['vhost'], initiator: undefined })
    const named = readCluster(loadedByCrmsh(cib, crmNodeText(given, 'nodes-1'))).nodes
    expect(named.map(({ name, attributes }) => ({ name, attributes }))).toEqual([given])
  }, 60_000)

  test('loads the same text again without a change', () => {
    const again = loadedByCrmsh(loaded, text)
    expect(canonical(again, 'resources')).toEqual(canonical(loaded, 'resources'))
    expect(canonical(again, 'constraints')).toEqual(canonical(loaded, 'constraints'))
  }, 60_000)

  test('has loaded clouds that are the same when read', () => {
    expect(readCluster(loaded)).toMatchObject({
      clouds: [c0, odd, bare],
      incomplete: [],
      vservers: { complete: [db0, web0], incomplete: [] },
    })
  })
})

describe('pcs', () => {
  const ofOdd = vservers.map(vserver => ({ ...vserver, cloud: odd.name }))
  const commands = [
    pcsNodeCommand(roles),
    ...[compose(odd), ...ofOdd.map(vserver => composeVserver(vserver, odd))].flatMap(pcsCommands),
  ]
  let changed: string
  beforeAll(() => {
    changed = changedByPcs(empty, commands)
  }, 60_000)

  test.each(['resources', 'constraints'] as const)('creates the same %s as in the XML', section => {
    expect(canonical(changed, section)).toEqual(canonical(cibOf({ clouds: [odd], vservers: ofOdd, nodes }), section))
  })

  test('gives the node its attributes in addition to the existing ones', () => {
    const node = readCluster(changed).nodes.find(({ name }) => name === 'node1')
    expect(node?.attributes).toMatchObject(roles.attributes)
  })

  test('has created a cloud that is the same when read', () => {
    expect(readCluster(changed)).toMatchObject({ clouds: [odd], incomplete: [] })
  })
})

test('a command of pcs is quoted so that a shell reads the same words', () => {
  expect(shellText(['a=b', '#uname', `it's "$HOME"`])).toBe(`a=b '#uname' 'it'\\''s "$HOME"'`)
})
