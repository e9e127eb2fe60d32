import { expect, test } from 'vitest'
import { isAddressInUse } from '../../../../system/nodes/address-probe.ts'
import type { ToolResult } from '../../../fake/system.ts'
import { here } from './node.ts'

test.each<[string, ToolResult, string, boolean | undefined]>([
  ['answers a ping', 0, '', true],
  ['drops pings, but has a hardware address', 1, '[{"dst":"192.0.2.1","state":["REACHABLE"]}]', true],
  ['does not exist', 1, '[{"dst":"192.0.2.1","state":["FAILED"]}]', false],
  ['is unknown to the kernel', 1, '\n', false],
  ['has an entry without a state', 1, '[{"dst":"192.0.2.1"}]', false],
  ['cannot be reached by any route', 2, '', undefined],
  ['cannot be probed, as ping is not installed', 127, '', undefined],
])('an address that %s', async (_, ping, ip, expected) => {
  expect(await isAddressInUse(here({ ping, ip }), 'here', '192.0.2.1')).toBe(expected)
})

test('a probe that fails otherwise is an error', async () => {
  await expect(isAddressInUse(here({ ping: 3 }), 'here', '192.0.2.1')).rejects.toThrow('exited with 3')
})
