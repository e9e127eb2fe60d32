import { describe, expect, test } from 'vitest'
import { type Element, element } from '../../../cloud/xml.ts'
import { fenceConstraints } from '../../../system/drbd/fence-constraint.ts'
import type { FakeMinor } from '../../fake/drbd/drbd.ts'
import { CIB, CONSTRAINT, handle, handlerNode, sharedCibOfC0 } from '../../fake/handlers/handler-node.ts'
import { changeCopies, copyOf, type SharedCib, withNodeState } from '../../fake/handlers/shared-cib.ts'
import { edited } from '../cloud/cib.ts'

/*
 * The handlers on one of three sides: DRBD 9 calls them for one peer at a time, and the constraint is about all of them. node1 runs
 * them, unless stated otherwise.
 */

const FENCED = { in_ccm: '0', crmd: '0', join: 'down', expected: 'down' }
const LOST = { in_ccm: '0', crmd: '0', join: 'member', expected: 'member' }

type Peer = 'here' | 'lost' | 'resyncing' | 'old'
const STATES: Readonly<Record<Peer, { connection: string; peerDisk: string }>> = {
  here: { connection: 'Connected', peerDisk: 'UpToDate' },
  lost: { connection: 'WFConnection', peerDisk: 'DUnknown' },
  resyncing: { connection: 'SyncSource', peerDisk: 'Inconsistent' },
  old: { connection: 'WFConnection', peerDisk: 'Inconsistent' },
}

/** A primary with two peers in these states. */
function sides(
  [first, one]: [string, Peer],
  [second, other]: [string, Peer],
  more: Partial<FakeMinor> = {},
): Partial<FakeMinor> {
  return {
    role: 'Primary',
    peerRole: 'Secondary',
    peerName: first,
    ...STATES[one],
    others: [{ name: second, ...STATES[other] }],
    ...more,
  }
}

const on = (shared: SharedCib, name: string, minor: Partial<FakeMinor>) => handlerNode(shared, name, minor, '9.3.3')
const lose = (peer: string) => ({ DRBD_PEER: peer })

function constraint(...nodes: string[]): Element {
  const expressions = nodes.map((value, index) =>
    element('expression', { attribute: '#uname', operation: 'ne', value, id: `${CONSTRAINT}-expr-${index}` }),
  )
  const rule = { role: 'Promoted', score: '-INFINITY', id: `${CONSTRAINT}-rule` }
  return element('rsc_location', { rsc: 'c0-drbd-clone', id: CONSTRAINT }, [element('rule', rule, expressions)])
}

const withConstraint = (cib: string, ...nodes: string[]) =>
  edited(cib, found =>
    found.name === 'constraints' ? [{ ...found, children: [...found.children, constraint(...nodes)] }] : undefined,
  )

/** The nodes that the constraint allows; undefined without one. */
const allowedIn = (shared: SharedCib) => fenceConstraints(copyOf(shared, 'node2'))[0]?.allowed

describe('fence-peer', () => {
  test.each<[string, Peer, Peer, string, number, string[] | undefined]>([
    [
      'one peer is lost: the other one, which has the data, may still be promoted',
      'here',
      'lost',
      CIB,
      4,
      ['node1', 'node2'],
    ],
    ['the other one is being resynced: it could be promoted with old data', 'resyncing', 'lost', CIB, 4, ['node1']],
    ['the other one is lost, too', 'lost', 'lost', CIB, 4, ['node1']],
    ['the other one was lost before', 'lost', 'lost', withConstraint(CIB, 'node1', 'node3'), 4, ['node1']],
    [
      'the other one has caught up, and may not be promoted yet',
      'here',
      'lost',
      withConstraint(CIB, 'node1', 'node3'),
      4,
      ['node1'],
    ],
    [
      'it was lost before, by another call',
      'here',
      'lost',
      withConstraint(CIB, 'node1', 'node2'),
      4,
      ['node1', 'node2'],
    ],
    ['it was fenced', 'here', 'lost', withNodeState(CIB, 'node3', FENCED, []), 7, ['node1', 'node2']],
    ['its data were not complete', 'here', 'old', CIB, 3, undefined],
    [
      'only the two others may be promoted',
      'here',
      'lost',
      withConstraint(CIB, 'node2', 'node3'),
      1,
      ['node2', 'node3'],
    ],
  ])('%s', async (_, second, third, cib, code, allowed) => {
    const shared = sharedCibOfC0(cib)
    const node1 = await on(shared, 'node1', sides(['node2', second], ['node3', third]))
    const result = await handle(node1, 'fence-peer', lose('node3'))
    expect({ code: result.code, allowed: allowedIn(shared) }).toEqual({ code, allowed })
  })

  test('a promotion after the loss of the primary keeps the third side as a candidate', async () => {
    const shared = sharedCibOfC0(withNodeState(CIB, 'node1', FENCED, []))
    const node2 = await on(shared, 'node2', sides(['node1', 'lost'], ['node3', 'here'], { role: 'Secondary' }))
    expect((await handle(node2, 'fence-peer', lose('node1'))).code).toBe(7)
    expect(allowedIn(shared)).toEqual(['node2', 'node3'])
  })

  test('a side that was left behind is not promoted, although it has a peer with the same data', async () => {
    const shared = sharedCibOfC0(withConstraint(withNodeState(CIB, 'node1', FENCED, []), 'node1'))
    const node2 = await on(shared, 'node2', sides(['node1', 'lost'], ['node3', 'here'], { role: 'Secondary' }))
    expect((await handle(node2, 'fence-peer', lose('node1'))).code).toBe(6)
    expect(allowedIn(shared)).toEqual(['node1'])
  })

  test('one lost after the other, each has a call, and the constraint follows', async () => {
    const shared = sharedCibOfC0(withNodeState(CIB, 'node3', FENCED, []))
    const node1 = await on(shared, 'node1', sides(['node2', 'here'], ['node3', 'lost']))
    expect((await handle(node1, 'fence-peer', lose('node3'))).code).toBe(7)
    expect(allowedIn(shared)).toEqual(['node1', 'node2'])
    changeCopies(shared, 'node1', cib => withNodeState(cib, 'node2', FENCED, []))
    node1.kernel.minors.set(0, { ...node1.kernel.fresh, ...sides(['node2', 'lost'], ['node3', 'lost']) })
    expect((await handle(node1, 'fence-peer', lose('node2'))).code).toBe(7)
    expect(allowedIn(shared)).toEqual(['node1'])
  })

  test('a peer that is back in the meantime is allowed again, and the other lost one is not', async () => {
    const shared = sharedCibOfC0(withConstraint(CIB, 'node1', 'node2'))
    const node1 = await on(shared, 'node1', sides(['node2', 'lost'], ['node3', 'lost']))
    shared.disturb = (_node, words) => {
      if (words[0] === 'crmadmin' && allowedIn(shared)?.length === 1)
        node1.kernel.minors.set(0, { ...node1.kernel.fresh, ...sides(['node2', 'here'], ['node3', 'lost']) })
      return undefined
    }
    const { lines } = await handle(node1, 'fence-peer', lose('node2'))
    expect(lines.at(-1)).toMatch(/connected and UpToDate again/)
    expect(allowedIn(shared)).toEqual(['node1', 'node2'])
  })

  test.each([
    ['removed', CIB, undefined],
    ['made as it was', withConstraint(CIB, 'node1', 'node2'), ['node1', 'node2']],
  ])('without an answer that lets DRBD continue, the constraint is %s', async (_, cib, allowed) => {
    const shared = sharedCibOfC0(cib)
    const before = copyOf(shared, 'node1')
    shared.disturb = (_node, [tool]) =>
      tool === 'crmadmin' && copyOf(shared, 'node1') !== before ? { status: 124, stderr: 'no reply\n' } : undefined
    const node1 = await on(shared, 'node1', sides(['node2', 'lost'], ['node3', 'lost']))
    expect((await handle(node1, 'fence-peer', lose('node2'))).code).toBe(1)
    expect(allowedIn(shared)).toEqual(allowed)
  })

  test('two calls at once on one node come to an end, and neither allows what the other one forbids', async () => {
    const shared = sharedCibOfC0()
    const node1 = await on(shared, 'node1', sides(['node2', 'lost'], ['node3', 'lost']))
    const results = await Promise.all(['node2', 'node3'].map(peer => handle(node1, 'fence-peer', lose(peer))))
    expect({ codes: results.map(({ code }) => code), allowed: allowedIn(shared) }).toEqual({
      codes: [4, 4],
      allowed: ['node1'],
    })
  })

  test('a lost peer that is not known to be down is waited for', async () => {
    const shared = sharedCibOfC0(withNodeState(CIB, 'node3', LOST))
    const node1 = await on(shared, 'node1', sides(['node2', 'here'], ['node3', 'lost']))
    const { code, lines } = await handle(node1, 'fence-peer', lose('node3'))
    expect({ code, line: lines.at(-1) }).toEqual({
      code: 1,
      line: expect.stringMatching(/not confirmed that node3 is down/),
    })
  })
})

describe('unfence-peer', () => {
  test.each<[string, Peer, Peer, string[], number, string[] | undefined]>([
    ['all have the same data', 'here', 'here', ['node1'], 0, undefined],
    ['the second one has caught up, the third one is away', 'here', 'lost', ['node1'], 0, ['node1', 'node2']],
    [
      'the third one has caught up, and the second one was never behind',
      'lost',
      'here',
      ['node1', 'node2'],
      0,
      undefined,
    ],
    ['the third one is still being resynced', 'here', 'resyncing', ['node1', 'node2'], 1, ['node1', 'node2']],
    ['this side was left behind', 'lost', 'here', ['node2'], 1, ['node2']],
  ])('%s', async (_, second, third, before, code, allowed) => {
    const shared = sharedCibOfC0(withConstraint(CIB, ...before))
    const node1 = await on(shared, 'node1', sides(['node2', second], ['node3', third]))
    const result = await handle(node1, 'unfence-peer', lose('node3'))
    expect({ code: result.code, allowed: allowedIn(shared) }).toEqual({ code, allowed })
  })

  test('a side that was left behind may be promoted once it has the data of one that may', async () => {
    const shared = sharedCibOfC0(withConstraint(CIB, 'node1'))
    const node3 = await on(shared, 'node3', sides(['node1', 'here'], ['node2', 'lost'], { role: 'Secondary' }))
    const { code, lines } = await handle(node3, 'unfence-peer', lose('node1'))
    expect({ code, lines }).toEqual({
      code: 0,
      lines: [expect.stringMatching(/allows node1 and node3, which have the same data: .*WFConnection|Connecting/)],
    })
    expect(allowedIn(shared)).toEqual(['node1', 'node3'])
  })

  test('a constraint that was placed again meanwhile is looked at again', async () => {
    const shared = sharedCibOfC0(withConstraint(CIB, 'node1'))
    const node1 = await on(shared, 'node1', sides(['node2', 'here'], ['node3', 'lost']))
    let isRenewed = false
    shared.disturb = (_node, [, verb]) => {
      if (verb === '--replace' && !isRenewed) {
        isRenewed = true
        changeCopies(shared, 'node1', cib =>
          cib.replaceAll(`id="${CONSTRAINT}-expr-0"`, `id="${CONSTRAINT}-expr-again"`),
        )
      }
      return undefined
    }
    expect((await handle(node1, 'unfence-peer', lose('node2'))).code).toBe(0)
    expect({ isRenewed, allowed: allowedIn(shared) }).toEqual({ isRenewed: true, allowed: ['node1', 'node2'] })
  })
})
