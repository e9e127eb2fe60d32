import type { Cloud } from '../../../cloud/cloud.ts'
import { type FakeCluster, fakeCluster, node } from '../../fake/cluster/cluster.ts'
import { RECORDED } from '../cli/recorded.ts'
import { withNodeAttribute } from '../cloud/cib.ts'
import { c0 } from '../cloud/examples.ts'
import { NOTHING_UP, PROC_DRBD, recorded, showRecorded } from './recorded.ts'

/** The state of the other side, where it is not healthy. */
const OTHERS: Readonly<Record<string, string>> = {
  'syncsource.node1': 'synctarget.node2',
  'synctarget.node2': 'syncsource.node1',
  'split-brain.node1': 'split-brain.node2',
  'split-brain.node2': 'split-brain.node1',
  'diskless-primary.node2': 'peer-diskless.node1',
  'peer-diskless.node1': 'diskless-primary.node2',
  'two-volumes.node2': NOTHING_UP,
  'peer-down-primary.node2': NOTHING_UP,
  'peer-down-secondary.node2': NOTHING_UP,
  'suspended-fencing.node1': NOTHING_UP,
  'fence-by-8.4-handler.node1': NOTHING_UP,
}

const NAMES = ['node1', 'node2', 'node3']
const cloud: Cloud = { ...c0, initiators: NAMES.map(name => `iqn.2026-01.org.vhacs:${name}`) }

/** The node that a state was recorded on. */
export const nodeOf = (state: string) => state.slice(state.lastIndexOf('.') + 1)

/** Three nodes, whose DRBD is version 9; the storage is on the first two. */
export function clusterIn(state: string, changed: (text: string, name: string) => string = text => text): FakeCluster {
  const cluster = fakeCluster([cloud])
  for (const name of NAMES) {
    cluster.cib = withNodeAttribute(cluster.cib, name, 'vhacs-initiator', `iqn.2026-01.org.vhacs:${name}`)
    const shown = name === nodeOf(state) ? state : (OTHERS[state] ?? 'uptodate-secondary.node1')
    const { system } = node(cluster, name)
    showRecorded(system, shown)
    system.tools.set('sh', (_, { input = '' }) =>
      input.includes('section date') ? { status: 0, stdout: changed(examined(name, shown, system.now()), name) } : 0,
    )
  }
  return cluster
}

/** The recorded answers of a healthy node, with DRBD 9 in this state. */
function examined(name: string, state: string, now: number): string {
  const isSide = cloud.storageNodes.includes(name)
  return RECORDED.replaceAll(/^== (date|later)\n.*$/gm, `== $1\n${now / 1000}`)
    .replace('global_filter=["a|.*|"]', 'global_filter=["r|^/dev/drbd|"]')
    .replace(/^After=$/m, 'After=iscsid.service open-iscsi.service blk-availability.service')
    .replace('vhacs:node2', `vhacs:${name}`)
    .replace('== name\nnode2', `== name\n${name}`)
    .replace(/(?<=== volumes\n).*\n/, isSide ? '$&' : '')
    .replace('c0.res\n', isSide ? '$&' : '')
    .replace('== drbd\n8.4.11', '== drbd\n9.3.3\n== transport\ndrbd_transport_tcp')
    .replace(/\n.*fencing resource-and-stonith;/, '')
    .replace(' \tnet {', ' \tnet {\n \t\tfencing resource-and-stonith;')
    .replace(' \tnet {', ' \toptions {\n \t\tauto-promote no;\n \t}\n \tnet {')
    .replace(/(?<=== replication\n)[^=]*/, `${PROC_DRBD}== drbd-status\n${recorded(state)}`)
    .replace(/(?<=== fences\n)[^=]*/, NAMES.flatMap(other => (other === name ? [] : `${other} sbd\n`)).join(''))
}
