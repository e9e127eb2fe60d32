import { expect, test } from 'vitest'
import { parseVhacsConf } from '../../../../system/nodes/files/vhacs-conf.ts'

const RANGE = '10.0.0.100-10.0.0.199/24'

test('settings are read, comments and blank lines skipped', () => {
  const text = `# of this node
STORAGE_IFNAME = "eth1"   # to the vhosts
HEARTBEAT_IFNAME = "eth3"
   # indented
REPLICATION_IFNAME="eth2"

SERVICE_ADDRESSES = "${RANGE}"
`
  expect(parseVhacsConf(text)).toEqual({
    storageInterface: 'eth1',
    heartbeatInterface: 'eth3',
    replicationInterface: 'eth2',
    serviceAddresses: RANGE,
  })
})

test.each(['', 'REPLICATION_IFNAME = ""'])('replication uses the storage interface if no other is set: %j', line => {
  const text = `STORAGE_IFNAME = "eth1"\n${line}\nSERVICE_ADDRESSES = "${RANGE}"`
  expect(parseVhacsConf(text).replicationInterface).toBe('eth1')
})

test.each([
  ['', 'STORAGE_IFNAME is missing'],
  ['STORAGE_IFNAME = ""', 'STORAGE_IFNAME is missing'],
  ['\nSTORAGE_IFNAME = eth1', '/etc/vhacs.conf, line 2: NAME = "value" is expected, got "STORAGE_IFNAME = eth1"'],
  ['STORAGE_IFNAME = "eth1" "eth2"', 'line 1'],
  ['storage_ifname = "eth1"', 'line 1'],
  [
    'STORAGE_IFNAME = "eth1"\nREPLICATON_IFNAME = "eth3"',
    '/etc/vhacs.conf, line 2: REPLICATON_IFNAME is not a known setting: did you mean REPLICATION_IFNAME?',
  ],
  [
    'STORAGE_IFNAME = "eth1"\n# moved\nSTORAGE_IFNAME = "eth1"',
    '/etc/vhacs.conf, line 3: STORAGE_IFNAME is set twice: remove one of the two lines',
  ],
  ['REPLICATION_IFNAME = ""\nREPLICATION_IFNAME = "eth3"', 'line 2: REPLICATION_IFNAME is set twice'],
  ['SERVICE_ADDRESS = "10.0.0.1-10.0.0.9/24"', 'did you mean SERVICE_ADDRESSES?'],
  [
    'MTU = "9000"',
    'line 1: MTU is not a known setting: known names are STORAGE_IFNAME, HEARTBEAT_IFNAME, REPLICATION_IFNAME, SERVICE_ADDRESSES',
  ],
])('%j is refused', (text, message) => {
  expect(() => parseVhacsConf(text)).toThrow(message)
})

test('the file of the first VHACS is sufficient: addresses are only needed to choose one', () => {
  const text = `# STORAGE_IFNAME network interface to use for accessing the storage network
STORAGE_IFNAME = "eth2"
# HEARTBEAT_IFNAME network interface to be used for cluster communications
HEARTBEAT_IFNAME = "eth2"
`
  expect(parseVhacsConf(text)).toEqual({
    storageInterface: 'eth2',
    heartbeatInterface: 'eth2',
    serviceAddresses: undefined,
    replicationInterface: 'eth2',
  })
})

test.each([
  ['A'.repeat(200_000), 'AAA'],
  [`${'A'.repeat(200_000)}="x"`, 'AAA'],
  [`STORAGE_IFNAME="${'-'.repeat(200_000)}"`, '---'],
])('invalid settings of any length are refused quickly, with a short message', (text, begun) => {
  const before = process.threadCpuUsage()
  expect(() => parseVhacsConf(text)).toThrow(new RegExp(`^/etc/vhacs.conf, line 1: (?=.*${begun}).{1,250}$`))
  expect(process.threadCpuUsage(before).user).toBeLessThan(500_000)
})
