import { describe, expect, test } from 'vitest'
import { definedNodes } from '../../../../cloud/cib/read/defined-nodes.ts'
import { verifiable } from '../../../../cloud/cib/verifiable.ts'
import { child, descendants, parseXml } from '../../../../cloud/xml.ts'
import { verify } from '../pacemaker.ts'

interface Given {
  /** Elements of the section of nodes. */
  readonly nodes: string
  readonly resources?: string
  /** The whole element. */
  readonly status?: string
}

function cib({ nodes, resources = '', status = '<status/>' }: Given): string {
  const options = ['stonith-enabled', 'true', 'cluster-name', 'lab']
  const pairs = [0, 2].map(at => `<nvpair id="o${at}" name="${options[at]}" value="${options[at + 1]}"/>`).join('')
  const fence = '<primitive id="fence" class="stonith" type="external/sbd"/>'
  return `<cib validate-with="pacemaker-3.9" epoch="1" num_updates="0" admin_epoch="0" have-quorum="1"><configuration>
<crm_config><cluster_property_set id="o">${pairs}</cluster_property_set></crm_config>
<nodes>${nodes}</nodes><resources>${fence}${resources}</resources><constraints/></configuration>${status}</cib>`
}

function kinds(given: Given): string[] {
  const configuration = child(parseXml(cib(given)), 'configuration')
  if (configuration === undefined) throw new Error('no configuration')
  return definedNodes(configuration).map(({ name, kind }) => `${name} ${kind}`)
}

const STOPPED = '<nvpair id="s" name="target-role" value="Stopped"/>'
const MEMBERS = '<node id="1" type="member" uname="alpha"/><node uname="beta" id="2"/>'
const REMOTE = `<primitive id="r1" class="ocf" provider="pacemaker" type="remote"><meta_attributes id="m">${STOPPED}</meta_attributes></primitive>`
const GUEST = `<primitive id="vm" class="ocf" provider="heartbeat" type="VirtualDomain"><meta_attributes id="m">${STOPPED}<nvpair id="g" name="remote-node" value="g1"/></meta_attributes></primitive>`
const BUNDLE = `<bundle id="web"><meta_attributes id="m">${STOPPED}</meta_attributes><docker image="x" replicas="2"/><network ip-range-start="10.0.0.1" control-port="3121"/><primitive id="d" class="ocf" provider="pacemaker" type="Dummy"/></bundle>`

const remoteNode = (name: string) => `<node uname="${name}" type="remote" id="${name}"/>`

const CASES: readonly (Given & { readonly what: string; readonly found: readonly string[] })[] = [
  { what: 'members, however their attributes are ordered', nodes: MEMBERS, found: ['alpha member', 'beta member'] },
  {
    what: 'a remote node that is listed',
    nodes: MEMBERS + remoteNode('r1'),
    resources: REMOTE,
    found: ['alpha member', 'beta member', 'r1 remote'],
  },
  {
    what: 'a remote node that was never started',
    nodes: MEMBERS,
    resources: REMOTE,
    found: ['alpha member', 'beta member', 'r1 remote'],
  },
  {
    what: 'a remote node whose resource was removed',
    nodes: MEMBERS + remoteNode('old'),
    found: ['alpha member', 'beta member', 'old remote'],
  },
  {
    what: 'a guest',
    nodes: MEMBERS + remoteNode('g1'),
    resources: GUEST,
    found: ['alpha member', 'beta member', 'g1 guest'],
  },
  {
    what: 'the containers of a bundle',
    nodes: MEMBERS + remoteNode('web-0'),
    resources: BUNDLE,
    found: ['alpha member', 'beta member', 'web-0 bundle', 'web-1 bundle'],
  },
]

describe.each(CASES)('$what', ({ found, what, ...given }) => {
  test('are distinguished', () => {
    expect(kinds(given)).toEqual(found)
  })

  test.each([
    ['nobody has reported anything', '<status/>'],
    ['the section of the status has attributes', '<status id="s"><node_state id="1" uname="alpha"/></status>'],
    ['there is no status', ''],
    ['a remote node is down', '<status><node_state remote_node="true" id="r1" uname="r1" in_ccm="false"/></status>'],
  ])('do not prevent a change: %s', (_, status) => {
    const text = verifiable(cib({ ...given, status }))
    const states = descendants(child(parseXml(text), 'status'), 'node_state').map(({ attributes }) => attributes.uname)
    expect(states).toEqual(found.map(line => line.split(' ')[0]))
    expect(verify(text)).toBe('')
  })
})

test('a member is also recognised by its name in old schemas', () => {
  expect(kinds({ nodes: '<node type="normal" uname="alpha" id="1"/>' })).toEqual(['alpha member'])
})

test('a comment that looks like a node is not one', () => {
  const nodes = `${MEMBERS}<!-- <node id="9" uname="ghost"/> -->`
  expect(kinds({ nodes })).toEqual(['alpha member', 'beta member'])
  const text = verifiable(cib({ nodes, status: '<status/><!-- <status></status> -->' }))
  expect(descendants(parseXml(text), 'node_state')).toHaveLength(2)
})
