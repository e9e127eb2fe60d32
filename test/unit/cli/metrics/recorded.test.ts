import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { METRICS } from '../../../../cli/metrics/definitions.ts'
import { CIB_FILE } from '../../../../system/cib-directory.ts'
import { fakeSystem } from '../../../fake/system.ts'
import { link } from '../../../fake/tree.ts'
import { brokenParts, readMetrics } from './read-metrics.ts'

/* What two nodes showed when the primary side had lost its peer (test/fixtures/metrics/README.md). */

const path = (name: string) => new URL(`../../../fixtures/metrics/${name}`, import.meta.url)
const recorded = (name: string) => readFileSync(path(`recorded-${name}`), 'utf8')

const IQN = 'iqn.2026-01.org.vhacs:vhacs:fence1'
const NOW = Date.UTC(2026, 10, 29, 19, 34)

function node(name: 'node1' | 'node2') {
  const system = fakeSystem({
    '/proc/sys/kernel/hostname': `${name}\n`,
    [CIB_FILE]: recorded('cib.xml'),
    '/proc/drbd': recorded(`${name}-drbd.txt`),
    '/proc/self/mountinfo': name === 'node2' ? recorded('node2-mountinfo.txt') : '',
    '/sys/block/drbd0/size': '130992\n',
    '/sys/block/dm-0/dm/name': 'vhacs-fence1\n',
    '/sys/block/dm-0/dm/uuid': 'LVM-x\n',
    '/sys/block/dm-0/dm/suspended': '0\n',
    '/sys/block/dm-0/size': '131072\n',
  })
  system.put('/sys/kernel/debug/drbd/minors/0', link('../resources/fence1/volumes/0'))
  system.tools.set('crm_mon', () => ({ status: 0, stdout: recorded('crm_mon.xml') }))
  return system
}

function withTarget() {
  const system = node('node1')
  const tpg = `/sys/kernel/config/target/iscsi/${IQN}/tpgt_1`
  system.put(`${tpg}/enable`, '1\n')
  system.put(`${tpg}/acls/iqn.2004-10.com.debian:node2/info`, 'InitiatorName: iqn.2004-10.com.debian:node2\n')
  return system
}

function withMount() {
  const system = node('node2')
  const session = '/sys/class/iscsi_session/session1'
  system.put(`${session}/targetname`, `${IQN}\n`)
  system.put(`${session}/state`, 'LOGGED_IN\n')
  system.put(`${session}/recovery_tmo`, '600\n')
  system.put(`${session}/ifacename`, 'default\n')
  system.put(`${session}/device/target0:0:0/0:0:0:0/state`, 'running\n')
  system.put(`${session}/device/target0:0:0/0:0:0:0/block/sda/dev`, '8:0\n')
  system.put('/sys/class/iscsi_connection/connection1:0/persistent_address', '10.77.1.100\n')
  system.put('/sys/class/iscsi_connection/connection1:0/persistent_port', '3260\n')
  system.put('/sys/dev/block/8:0', link('../../block/sda'))
  system.put('/sys/fs/ext4/sda/errors_count', '0\n')
  system.put('/clouds/fence1/lost+found/.keep', '')
  return system
}

test.each([
  ['node1', withTarget],
  ['node2', withMount],
])('the metrics of %s', async (name, make) => {
  const { stdout, series, status } = await readMetrics({ ...make(), now: () => NOW })
  expect({ status, broken: brokenParts(series) }).toEqual({ status: 0, broken: [] })
  await expect(`${stdout.join('\n')}\n`).toMatchFileSnapshot(fileURLToPath(path(`golden-${name}.prom`)))
})

const DOCUMENT = readFileSync(new URL('../../../../docs/metrics.md', import.meta.url), 'utf8')

test.each(Object.entries(METRICS))('docs/metrics.md has %s with its type and labels', (name, { type, labels }) => {
  const row = DOCUMENT.split('\n').find(line => line.startsWith(`| \`vhacs_${name}\` |`))
  expect(
    row
      ?.split('|')
      .slice(2, 4)
      .map(cell => cell.trim()),
  ).toEqual([type, labels.map(label => `\`${label}\``).join(', ')])
})

test('docs/metrics.md has no metric that does not exist', () => {
  const named = [...DOCUMENT.matchAll(/`vhacs_(\w+)`/g)].map(([, name = '']) => name)
  expect(named.filter(name => !(name in METRICS))).toEqual([])
})
