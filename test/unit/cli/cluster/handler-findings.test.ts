import { describe, expect, test } from 'vitest'
import { handlerFindings } from '../../../../cli/cluster/check/clouds/handler-findings.ts'
import type { Examination } from '../../../../cli/cluster/examine/examination.ts'
import { drbdConfig } from '../../../../cloud/compose/drbd/config.ts'
import { bare, c0 } from '../../cloud/examples.ts'

const STOCK = '/usr/lib/drbd/crm-fence-peer.sh'
const OWN = '/usr/lib/vhacs/fence-peer'

interface Node {
  readonly name: string
  readonly pacemaker?: string
  readonly utils?: string
  readonly handler?: string
  /** When unfence-peer is called. */
  readonly unfencing?: string
}

const ENDS = c0.storageNodes.map((node, index) => ({ node, address: `192.0.2.${index + 1}` }))

function examination({ name, pacemaker = '2.1.5', utils = '9.22.0', ...file }: Node): Examination {
  const { handler = STOCK, unfencing = 'unfence-peer' } = file
  const text = drbdConfig(c0, { ends: ENDS, major: 8, secret: 's' })
    .replace(OWN, handler)
    .replace('\tunfence-peer ', `\t${unfencing} `)
  const sections = new Map([
    ['pacemaker', pacemaker],
    ['drbd-utils', utils],
    ['resources', 'c0.res'],
    ['configurations', `/etc/drbd.d/c0.res\n${text.replace(/^/gm, ' ')}`],
  ])
  return { node: name, sections, clockLeadSeconds: 0, clockDoubtSeconds: 0 }
}

const findings = (...nodes: readonly Node[]) =>
  handlerFindings(nodes.map(examination), { clouds: [c0, bare] }).map(({ severity, what }) => ({
    severity,
    what,
  }))

const node1 = { name: 'node1', handler: OWN }

describe("DRBD's own script", () => {
  test.each([
    { pacemaker: '2.1.5', utils: '9.22.0', severity: 'warning' },
    { pacemaker: '2.1.6', utils: '9.15.0', severity: 'warning' },
    { pacemaker: '2.1.7', utils: '9.22.0', severity: 'error' },
    { pacemaker: '2.1.7', utils: '9.27.9', severity: 'error' },
    { pacemaker: '2.1.10', utils: '9.22.0', severity: 'error' },
    { pacemaker: '2.2', utils: '9.22.0', severity: 'error' },
    { pacemaker: '3.0.0', utils: '9.22.0', severity: 'error' },
    { pacemaker: '3.0.0', utils: '9.28.0', severity: 'warning' },
    { pacemaker: '3.0.0', utils: '10.0.0', severity: 'warning' },
    { pacemaker: '3.0.0', utils: '', severity: 'warning' },
    { pacemaker: '', utils: '9.22.0', severity: 'warning' },
  ])('with Pacemaker $pacemaker and drbd-utils $utils: $severity', ({ pacemaker, utils, severity }) => {
    expect(findings(node1, { name: 'node2', pacemaker, utils })).toEqual([
      { severity, what: expect.stringContaining('crm-fence-peer.sh') },
    ])
  })

  test('is reported to make each failover pause where it does not understand Pacemaker', () => {
    expect(findings({ name: 'node1', pacemaker: '3.0.0' }, { name: 'node2', pacemaker: '3.0.0' })).toEqual([
      {
        severity: 'error',
        what: 'each failover of c0 pauses for 90 s: crm-fence-peer.sh of drbd-utils 9.22.0 does not understand Pacemaker 3.0.0',
      },
    ])
  })

  test('is found with options, and in its version for DRBD 9; another handler is an operator’s choice', () => {
    expect(findings(node1, { name: 'node2', handler: `${STOCK} --timeout 30` })).toHaveLength(1)
    expect(findings(node1, { name: 'node2', handler: '/usr/lib/drbd/crm-fence-peer.9.sh' })).toHaveLength(1)
    expect(findings(node1, { name: 'node2', handler: '/opt/handler' })).toEqual([])
    expect(findings(node1, { ...node1, name: 'node2' })).toEqual([])
  })

  test('our own handler that is called too early is reported', () => {
    expect(findings(node1, { ...node1, name: 'node2', unfencing: 'after-resync-target' })).toEqual([
      {
        severity: 'warning',
        what: '/etc/drbd.d/c0.res on node2 removes the fence constraint before the other side has registered the end of the resync (after-resync-target)',
      },
    ])
  })

  test('on a node without data of the storage is not reported', () => {
    expect(findings(node1, { name: 'node3' })).toEqual([])
  })
})
