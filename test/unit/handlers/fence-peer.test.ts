import { describe, expect, test } from 'vitest'
import { type Element, element, parseXml, printXml } from '../../../cloud/xml.ts'
import { fenceConstraints, isAccepted } from '../../../system/drbd/fence-constraint.ts'
import type { FakeMinor } from '../../fake/drbd/drbd.ts'
import { CIB, CONSTRAINT, handle, handlerNode, history, sharedCibOfC0 } from '../../fake/handlers/handler-node.ts'
import { changeCopies, copyOf, type SharedCib, withNodeState } from '../../fake/handlers/shared-cib.ts'
import { edited } from '../cloud/cib.ts'

const PRIMARY: Partial<FakeMinor> = { role: 'Primary', isSuspended: true }
const CONSISTENT: Partial<FakeMinor> = { disk: 'Consistent' }

const FENCED = { in_ccm: '0', crmd: '0', join: 'down', expected: 'down' }
const LOST = { in_ccm: '0', crmd: '0', join: 'member', expected: 'member' }

const withPeer = (state: Readonly<Record<string, string>>, children?: readonly Element[]) =>
  withNodeState(CIB, 'node2', state, children)
const promoted = history({ operation: 'start' }, { operation: 'promote' })
const unpromoted = history({ operation: 'start' })

/** The constraint as crm-fence-peer.sh of drbd-utils 9.22 places it. */
function stockConstraint(node: string): Element {
  const expression = { attribute: '#uname', operation: 'ne', value: node, id: `${CONSTRAINT}-expr` }
  const rule = { role: 'Master', score: '-INFINITY', id: `${CONSTRAINT}-rule` }
  return element('rsc_location', { rsc: 'c0-drbd-clone', id: CONSTRAINT }, [
    element('rule', rule, [element('expression', expression)]),
  ])
}

function withConstraint(cib: string, constraint: Element): string {
  return edited(cib, found =>
    found.name === 'constraints' ? [{ ...found, children: [...found.children, constraint] }] : undefined,
  )
}

function withProperty(cib: string, name: string, value: string): string {
  const pair = element('nvpair', { id: `options-${name}-2`, name, value })
  return edited(cib, found =>
    found.name === 'cluster_property_set' ? [{ ...found, children: [pair, ...found.children] }] : undefined,
  )
}

const allowedIn = (shared: SharedCib) => fenceConstraints(copyOf(shared, 'node3')).map(({ allowed }) => allowed)

interface Row {
  readonly what: string
  readonly minor?: Partial<FakeMinor>
  readonly cib: string
  readonly code: number
  /** The nodes that the constraint allows afterwards. */
  readonly allowed?: readonly string[]
  readonly why: RegExp
}

const rows: readonly Row[] = [
  // 4: the peer answers, and has the constraint
  {
    what: 'a primary, the peer answers',
    minor: PRIMARY,
    cib: CIB,
    code: 4,
    allowed: ['node1'],
    why: /will not promote/,
  },
  {
    what: 'a promotion, the peer answers',
    cib: CIB,
    code: 4,
    allowed: ['node1'],
    why: /on node2 before it has caught up/,
  },
  {
    what: 'Consistent, the peer answers',
    minor: CONSISTENT,
    cib: CIB,
    code: 4,
    allowed: ['node1'],
    why: /will not promote/,
  },
  {
    what: 'Consistent, the peer was fenced, and this node alone may be promoted since before',
    minor: CONSISTENT,
    cib: withConstraint(withPeer(FENCED, []), stockConstraint('node1')),
    code: 4,
    allowed: ['node1'],
    why: /will not promote/,
  },
  // 7 and 5
  {
    what: 'the peer was fenced',
    minor: PRIMARY,
    cib: withPeer(FENCED, []),
    code: 7,
    allowed: ['node1'],
    why: /Pacemaker has fenced node2/,
  },
  {
    what: 'a promotion, the peer was fenced',
    cib: withPeer(FENCED, []),
    code: 7,
    allowed: ['node1'],
    why: /has fenced node2/,
  },
  {
    what: 'the peer was shut down',
    minor: PRIMARY,
    cib: withPeer(FENCED),
    code: 5,
    allowed: ['node1'],
    why: /node2 was shut down/,
  },
  {
    what: 'the peer was shut down, its resource unmanaged and not promoted',
    minor: PRIMARY,
    cib: withPeer(FENCED, unpromoted),
    code: 5,
    allowed: ['node1'],
    why: /node2 was shut down/,
  },
  {
    what: 'only Consistent, the peer was fenced',
    minor: CONSISTENT,
    cib: withPeer(FENCED, []),
    code: 5,
    why: /only Consistent: those on node2 may be newer/,
  },
  {
    what: 'only Consistent, the peer was shut down',
    minor: CONSISTENT,
    cib: withPeer(FENCED),
    code: 5,
    why: /may be newer/,
  },
  // 6
  {
    what: 'a promotion, and the peer may be promoted only',
    cib: withConstraint(CIB, stockConstraint('node2')),
    code: 6,
    allowed: ['node2'],
    why: /lets only node2 be promoted: that node has the good data/,
  },
  {
    what: 'a promotion of Consistent data, and the fenced peer may be promoted only',
    minor: CONSISTENT,
    cib: withConstraint(withPeer(FENCED, []), stockConstraint('node2')),
    code: 6,
    allowed: ['node2'],
    why: /that node has the good data, not this one/,
  },
  {
    what: 'the peer is promoted',
    cib: withPeer({}, promoted),
    code: 6,
    why: /promoted on node2: that node has the good data/,
  },
  // 3
  {
    what: 'the peer was being resynced',
    minor: { ...PRIMARY, peerDisk: 'Inconsistent' },
    cib: CIB,
    code: 3,
    why: /Inconsistent/,
  },
  // 1
  {
    what: 'a primary, and the peer may be promoted only',
    minor: PRIMARY,
    cib: withConstraint(CIB, stockConstraint('node2')),
    code: 1,
    allowed: ['node2'],
    why: /lets only node2 be promoted/,
  },
  {
    what: 'only a third node may be promoted',
    cib: withConstraint(CIB, stockConstraint('node3')),
    code: 1,
    allowed: ['node3'],
    why: /lets only node3 be promoted/,
  },
  {
    what: 'the constraint has another form',
    cib: withConstraint(CIB, { ...stockConstraint('node1'), children: [] }),
    code: 1,
    why: /has an unknown form: delete it, or correct it/,
  },
  {
    what: 'the peer is lost, a promotion',
    cib: withPeer(LOST),
    code: 1,
    why: /answer 1 .*after 27 s: Pacemaker has not confirmed that node2 is down$/,
  },
  {
    what: 'the peer is lost, a primary',
    minor: PRIMARY,
    cib: withPeer(LOST),
    code: 1,
    why: /after 540 s: .*not confirmed that node2 is down/,
  },
  {
    what: 'the peer is lost, and fencing is disabled',
    minor: PRIMARY,
    cib: withProperty(withPeer(LOST), 'stonith-enabled', 'false'),
    code: 1,
    why: /after 20 s: .*and will not fence it: fencing is disabled \(stonith-enabled\)/,
  },
  {
    what: 'the same by the new name of the property',
    minor: PRIMARY,
    cib: withProperty(withProperty(withPeer(LOST), 'dc-version', '3.0.2'), 'fencing-enabled', 'false'),
    code: 1,
    why: /after 20 s: .*fencing is disabled/,
  },
  {
    what: 'it looks fenced, and fencing is disabled: it was shut down',
    minor: PRIMARY,
    cib: withProperty(withPeer(FENCED, []), 'stonith-enabled', 'no'),
    code: 5,
    allowed: ['node1'],
    why: /was shut down/,
  },
  {
    what: 'the peer was shut down with its resource promoted and unmanaged',
    minor: PRIMARY,
    cib: withPeer(FENCED, promoted),
    code: 1,
    why: /shut down on node2 while the resource was promoted there: it may still be in use/,
  },
  {
    what: 'no quorum',
    minor: PRIMARY,
    cib: CIB.replace('have-quorum="1"', 'have-quorum="0"'),
    code: 1,
    why: /no quorum/,
  },
  {
    what: 'no quorum, which is ignored',
    minor: PRIMARY,
    cib: withProperty(withPeer(FENCED, []).replace('have-quorum="1"', 'have-quorum="0"'), 'no-quorum-policy', 'ignore'),
    code: 7,
    allowed: ['node1'],
    why: /has fenced node2/,
  },
  { what: 'old data', minor: { disk: 'Outdated' }, cib: CIB, code: 1, why: /the local data are Outdated/ },
  { what: 'half data', minor: { disk: 'Inconsistent' }, cib: CIB, code: 1, why: /the local data are Inconsistent/ },
  {
    what: 'the peer is back',
    minor: { connection: 'Connected', peerDisk: 'UpToDate', peerRole: 'Secondary' },
    cib: CIB,
    code: 1,
    why: /^INFO: answer 1 \(none is needed\): .*connected and UpToDate again/,
  },
  {
    what: 'the cluster does not run the resource',
    cib: edited(CIB, found => (found.attributes.id === 'c0-drbd-clone' ? [] : undefined)),
    code: 1,
    why: /no clone in the CIB has a resource with drbd_resource="c0": the cluster does not run it/,
  },
]

describe('fence-peer answers', () => {
  test.each(rows)('$code: $what', async ({ minor, cib, code, allowed, why }) => {
    const shared = sharedCibOfC0(cib)
    const node1 = await handlerNode(shared, 'node1', minor)
    const { code: answered, lines } = await handle(node1, 'fence-peer')
    expect({ code: answered, line: lines.at(-1) }).toEqual({ code, line: expect.stringMatching(why) })
    expect(allowedIn(shared)).toEqual(allowed === undefined ? [] : [allowed])
  })

  test('the same in both forms of times', async () => {
    const since = (cib: string) => cib.replaceAll('"true" crmd="online"', '"1764362400" crmd="1764362401"')
    const of216 = withNodeState(CIB, 'node2', { in_ccm: 'false', crmd: 'offline', join: 'down', expected: 'down' }, [])
    const of217 = since(withNodeState(CIB, 'node2', FENCED, []))
    for (const cib of [of216, of217]) {
      const node1 = await handlerNode(sharedCibOfC0(cib), 'node1', PRIMARY)
      expect((await handle(node1, 'fence-peer')).code).toBe(7)
    }
    const node1 = await handlerNode(sharedCibOfC0(since(CIB)), 'node1', PRIMARY)
    expect((await handle(node1, 'fence-peer')).code).toBe(4)
  })
})

describe('the constraint', () => {
  const roleIn = (shared: SharedCib) =>
    /<rule role="(\w+)" score="-INFINITY" id="drbd-fence/.exec(copyOf(shared, 'node1'))?.[1]

  test.each([
    ['pacemaker-4.0', 'Promoted'],
    ['pacemaker-3.10', 'Promoted'],
    ['pacemaker-3.7', 'Promoted'],
    ['pacemaker-3.6', 'Master'],
    ['pacemaker-2.10', 'Master'],
    ['none', 'Master'],
  ])('has the role as the schema %s calls it: %s', async (schema, role) => {
    const shared = sharedCibOfC0(CIB.replace('pacemaker-3.9', schema))
    await handle(await handlerNode(shared, 'node1', PRIMARY), 'fence-peer')
    expect(roleIn(shared)).toBe(role)
  })

  test("of DRBD's own script that names this node is taken over, and renewed", async () => {
    const shared = sharedCibOfC0(withConstraint(CIB, stockConstraint('node1')))
    expect((await handle(await handlerNode(shared, 'node1', PRIMARY), 'fence-peer')).code).toBe(4)
    expect(allowedIn(shared)).toEqual([['node1']])
    expect(copyOf(shared, 'node1')).not.toContain(`id="${CONSTRAINT}-expr"`)
  })

  test('is found for a resource whose parameters are in a template', async () => {
    const cib = edited(CIB, found => {
      if (found.attributes.id !== 'c0-drbd') return undefined
      const { name, attributes, children } = found
      return [
        element(name, { id: 'c0-drbd', template: 'drbd' }, []),
        element('template', { ...attributes, id: 'drbd' }, children),
      ]
    })
    const shared = sharedCibOfC0(cib)
    expect((await handle(await handlerNode(shared, 'node1', PRIMARY), 'fence-peer')).code).toBe(4)
  })

  test('is not placed where two clones have the resource', async () => {
    const clone = edited(CIB, found =>
      found.attributes.id === 'c0-drbd-clone' ? [{ ...found, attributes: { id: 'other' } }] : undefined,
    )
    const [copy] =
      parseXml(clone).children[0]?.children.flatMap(({ children }) =>
        children.filter(({ attributes }) => attributes.id === 'other'),
      ) ?? []
    const cib = edited(CIB, found =>
      found.name === 'resources' && copy ? [{ ...found, children: [...found.children, copy] }] : undefined,
    )
    const shared = sharedCibOfC0(printXml(parseXml(cib)))
    const { code, lines } = await handle(await handlerNode(shared, 'node1', PRIMARY), 'fence-peer')
    expect({ code, line: lines.at(-1) }).toEqual({
      code: 1,
      line: expect.stringMatching(/several clones.*: c0-drbd-clone, other/),
    })
  })

  test('is removed again when the peer comes back with the same data in the meantime', async () => {
    const shared = sharedCibOfC0()
    const node1 = await handlerNode(shared, 'node1', PRIMARY)
    shared.disturb = (_node, words) => {
      // just before the answer
      if (words[0] === 'crmadmin' && allowedIn(shared).length > 0)
        node1.kernel.minors.set(0, { ...node1.kernel.fresh, role: 'Primary' })
      return undefined
    }
    const { code, lines } = await handle(node1, 'fence-peer')
    expect({ code, line: lines.at(-1) }).toEqual({
      code: 1,
      line: expect.stringMatching(/connected and UpToDate again/),
    })
    expect(allowedIn(shared)).toEqual([])
  })
})

describe('without an answer that lets DRBD continue', () => {
  /** The peer answers until the constraint of this call is there, and no more. */
  function silencing(cib: string) {
    const shared = sharedCibOfC0(cib)
    const before = copyOf(shared, 'node1')
    shared.disturb = (_node, [tool]) =>
      tool === 'crmadmin' && copyOf(shared, 'node1') !== before ? { status: 124, stderr: 'no reply\n' } : undefined
    return shared
  }

  test.each([
    ['a promotion', {}, /after 27 s: node2 does not answer/],
    ['a primary', PRIMARY, /after 540 s: node2 does not answer/],
  ] as const)('the constraint that the call has placed is removed: %s', async (_, minor, why) => {
    const shared = silencing(CIB)
    const { code, lines } = await handle(await handlerNode(shared, 'node1', minor), 'fence-peer')
    expect({ code, line: lines.at(-1) }).toEqual({ code: 1, line: expect.stringMatching(why) })
    expect(allowedIn(shared)).toEqual([])
  })

  test('one that named this node before is kept: it may have continued with it', async () => {
    const shared = silencing(withConstraint(CIB, stockConstraint('node1')))
    expect((await handle(await handlerNode(shared, 'node1', PRIMARY), 'fence-peer')).code).toBe(1)
    expect(allowedIn(shared)).toEqual([['node1']])
  })

  test('one that another call on this node has renewed is kept: it may have continued with it', async () => {
    const shared = silencing(CIB)
    const node1 = await handlerNode(shared, 'node1', PRIMARY)
    const sleep = node1.system.sleep
    let isRenewed = false
    Object.assign(node1.system, {
      sleep: async (milliseconds: number) => {
        await sleep(milliseconds)
        if (allowedIn(shared).length === 0 || isRenewed) return
        isRenewed = true
        changeCopies(shared, 'node1', cib => cib.replace(/(id="drbd-fence-by-handler-c0-expr-[^"]*)"/, '$1-again"'))
      },
    })
    expect((await handle(node1, 'fence-peer')).code).toBe(1)
    expect({ isRenewed, allowed: allowedIn(shared) }).toEqual({ isRenewed: true, allowed: [['node1']] })
  })
})

describe('while the cluster is busy', () => {
  test('with an election, changes are retried', async () => {
    const shared = sharedCibOfC0(withPeer(FENCED, []))
    let failures = 3
    shared.disturb = (_node, [tool, verb]) => {
      if (tool !== 'cibadmin' || verb !== '--create' || failures-- <= 0) return undefined
      return { status: 124, stderr: 'Call failed: Timer expired\n' }
    }
    const { code, lines } = await handle(await handlerNode(shared, 'node1', PRIMARY), 'fence-peer')
    expect(code).toBe(7)
    expect(lines).toContainEqual(expect.stringMatching(/waiting: the constraint cannot be placed: .*Timer expired/))
  })

  test('a change that fails after it was made is found', async () => {
    const shared = sharedCibOfC0()
    const node1 = await handlerNode(shared, 'node1', PRIMARY)
    const cibadmin = node1.system.tools.get('cibadmin')
    node1.system.tools.set('cibadmin', async (args, options) => {
      const result = await cibadmin?.(args, options)
      return args[0] === '--create' ? { status: 124, stderr: 'Timer expired' } : (result ?? 1)
    })
    expect((await handle(node1, 'fence-peer')).code).toBe(4)
    expect(allowedIn(shared)).toEqual([['node1']])
  })

  /** A node that needs half a minute for a change of the constraint; `after` comes then. */
  async function slowNode(shared: SharedCib, after: () => void = () => undefined) {
    const node1 = await handlerNode(shared, 'node1')
    const cibadmin = node1.system.tools.get('cibadmin')
    node1.system.tools.set('cibadmin', async (args, options) => {
      const result = await cibadmin?.(args, options)
      if (args[0] === '--create') {
        await node1.system.sleep(30_000)
        after()
      }
      return result ?? 1
    })
    return node1
  }

  test('a promotion looks once more after a change that took all its time', async () => {
    const shared = sharedCibOfC0(withPeer(FENCED, []))
    expect((await handle(await slowNode(shared), 'fence-peer')).code).toBe(7)
    expect(allowedIn(shared)).toEqual([['node1']])
  })

  test('a promotion looks no more than once after its time', async () => {
    const shared = sharedCibOfC0(withPeer(FENCED, []))
    const remove = () => {
      for (const node of shared.copies.keys()) shared.copies.set(node, withPeer(FENCED, []))
    }
    const { code, lines } = await handle(await slowNode(shared, remove), 'fence-peer')
    expect({ code, line: lines.at(-1) }).toEqual({
      code: 1,
      line: expect.stringMatching(/after 60 s: the constraint keeps changing/),
    })
  })

  test('it waits until the peer has been fenced', async () => {
    const shared = sharedCibOfC0(withPeer(LOST, promoted))
    const node1 = await handlerNode(shared, 'node1', PRIMARY)
    const sleep = node1.system.sleep
    let naps = 0
    Object.assign(node1.system, {
      sleep: async (milliseconds: number) => {
        await sleep(milliseconds)
        naps += 1
        if (naps === 20) changeCopies(shared, 'node1', () => withPeer(FENCED, promoted))
        if (naps === 22) changeCopies(shared, 'node1', () => withPeer(FENCED, []))
      },
    })
    expect((await handle(node1, 'fence-peer')).code).toBe(7)
    expect(naps).toBe(22)
  })

  test.each([
    ['a promotion gives up after ten seconds', {}, /after 10 s: Pacemaker is not running on this node/],
    ['a primary waits: only an answer resumes its I/O', PRIMARY, /after 540 s: Pacemaker is not running on this node/],
  ] as const)('without Pacemaker %s', async (_, minor, why) => {
    const shared = sharedCibOfC0()
    shared.disturb = () => ({
      status: 102,
      stderr: 'Could not connect to the CIB: Transport endpoint is not connected',
    })
    const { code, lines } = await handle(await handlerNode(shared, 'node1', minor), 'fence-peer')
    expect({ code, line: lines.at(-1) }).toEqual({ code: 1, line: expect.stringMatching(why) })
  })

  test.each([
    ['a promotion', {}, 6],
    ['a primary', PRIMARY, 60],
  ] as const)('with Pacemaker restarted in that time it continues: %s', async (_, minor, seconds) => {
    const shared = sharedCibOfC0()
    let failures = seconds
    shared.disturb = () => (failures-- > 0 ? { status: 102, stderr: 'Could not connect' } : undefined)
    expect((await handle(await handlerNode(shared, 'node1', minor), 'fence-peer')).code).toBe(4)
  })

  test('with a peer whose controller does not answer nothing is placed', async () => {
    const shared = sharedCibOfC0()
    shared.reaches = () => false
    const { code, lines } = await handle(await handlerNode(shared, 'node1'), 'fence-peer')
    expect({ code, line: lines.at(-1) }).toEqual({
      code: 1,
      line: expect.stringMatching(/after 27 s: node2 does not answer/),
    })
    expect(allowedIn(shared)).toEqual([])
  })

  test('a peer that is cut off after the constraint was placed does not count as outdated', async () => {
    const shared = sharedCibOfC0()
    // the constraint reaches no other node: this node is cut off, and has not detected it yet
    shared.disturb = (_node, [tool, verb]) => {
      if (tool === 'cibadmin' && verb === '--create') shared.reaches = () => false
      return undefined
    }
    const { code, lines } = await handle(await handlerNode(shared, 'node1'), 'fence-peer')
    expect({ code, line: lines.at(-1) }).toEqual({ code: 1, line: expect.stringMatching(/node2 does not answer/) })
  })
})

describe('on a node with DRBD 9', () => {
  const environment = {
    DRBD_PEER: undefined,
    DRBD_MINOR: undefined,
    DRBD_MINOR_0: '0',
    DRBD_MY_NODE_ID: '0',
    DRBD_PEER_NODE_ID: '1',
    DRBD_NODE_ID_0: 'node1',
    DRBD_NODE_ID_1: 'node2',
    UP_TO_DATE_NODES: '0x00000001',
  }
  test.each([
    { what: 'the peer answers', cib: CIB, code: 4 },
    { what: 'the peer was fenced', cib: withPeer(FENCED, []), code: 7 },
    { what: 'the peer was shut down', cib: withPeer(FENCED), code: 5 },
  ])('$code: $what', async ({ cib, code }) => {
    const shared = sharedCibOfC0(cib)
    const node1 = await handlerNode(shared, 'node1', { role: 'Primary', connection: 'Connecting' }, '9.3.3')
    expect((await handle(node1, 'fence-peer', environment)).code).toBe(code)
    expect(allowedIn(shared)).toEqual([['node1']])
  })

  test('unfence-peer is called on the node that stayed primary', async () => {
    const shared = sharedCibOfC0()
    const node1 = await handlerNode(shared, 'node1', { role: 'Primary', connection: 'Connecting' }, '9.3.3')
    await handle(node1, 'fence-peer', environment)
    node1.kernel.minors.set(0, { ...node1.kernel.fresh, role: 'Primary' })
    expect((await handle(node1, 'unfence-peer', environment)).code).toBe(0)
    expect(allowedIn(shared)).toEqual([])
  })
})

test('with DRBD 8.4 it asks Pacemaker only: DRBD may hold its lock, and the other daemons may be gone', async () => {
  const shared = sharedCibOfC0()
  const node1 = await handlerNode(shared, 'node1', PRIMARY)
  await handle(node1, 'fence-peer')
  node1.kernel.minors.set(0, { ...node1.kernel.fresh })
  await handle(node1, 'unfence-peer')
  expect(new Set(node1.system.commands.map(([tool]) => tool))).toEqual(new Set(['cibadmin', 'crmadmin']))
})

test('DRBD 9 names its peers by number', async () => {
  const { occasionIn } = await import('../../../handlers/environment.ts')
  const environment = { DRBD_RESOURCE: 'c0', DRBD_MY_NODE_ID: '0', DRBD_NODE_ID_0: 'node1', DRBD_NODE_ID_1: 'node2' }
  expect(occasionIn({ ...environment, DRBD_PEER_NODE_ID: '1', DRBD_MINOR_0: '3', DRBD_MINOR_1: '4' })).toEqual({
    resource: 'c0',
    peers: ['node2'],
    minors: [3, 4],
  })
  expect(() => occasionIn({ ...environment, DRBD_PEER_NODE_ID: '7' })).toThrow(/no node has that number/)
  expect(() => occasionIn({ ...environment, DRBD_PEER_NODE_ID: '1_x' })).toThrow(/no node has that number/)
  expect(occasionIn({ DRBD_RESOURCE: 'c0', DRBD_PEERS: 'node2  node3', DRBD_MINOR: '0 1' })).toEqual({
    resource: 'c0',
    peers: ['node2', 'node3'],
    minors: [0, 1],
  })
})

test('its decisions are in the kernel log, one line each', async () => {
  const node1 = await handlerNode(sharedCibOfC0(), 'node1', PRIMARY)
  node1.system.put('/dev/kmsg', '')
  await handle(node1, 'fence-peer')
  const written = node1.system.changes.filter(change => change.startsWith('write /dev/kmsg '))
  expect(written).toEqual([
    expect.stringMatching(/<29>fence-peer\(c0\)\[\d+\]: INFO: DRBD has lost node2$/),
    expect.stringMatching(
      /<29>fence-peer\(c0\)\[\d+\]: INFO: answer 4 \(peer outdated\): the cluster will not promote/,
    ),
  ])
})

test.each([
  ['kept, if an operator has accepted the data here', 'accepted-x', true],
  ['not added to a constraint that a handler has placed', 'x', false],
])('the word in a renewed constraint is %s', async (_, call, expected) => {
  const mark = `drbd-fence-by-handler-c0-expr-c0-drbd-clone-${call}`
  const placed = printXml(stockConstraint('node1')).replace(`${CONSTRAINT}-expr`, mark)
  const shared = sharedCibOfC0(withConstraint(withPeer(FENCED, []), parseXml(placed)))
  const { code } = await handle(await handlerNode(shared, 'node1', CONSISTENT), 'fence-peer')
  expect(code).toBe(4)
  const [renewed] = fenceConstraints(copyOf(shared, 'node1'))
  expect(renewed?.mark).not.toBe(mark)
  expect(renewed && isAccepted(renewed)).toBe(expected)
})
