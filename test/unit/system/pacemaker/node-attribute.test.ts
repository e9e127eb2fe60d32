import { expect, test } from 'vitest'
import { lostPortalsText, parseLostPortals } from '../../../../system/pacemaker/attributes/lost-portals.ts'
import { setTransientAttribute, transientAttribute } from '../../../../system/pacemaker/attributes/node-attribute.ts'
import { parsePortalAddresses, prefixedAddressText } from '../../../../system/pacemaker/attributes/portal-addresses.ts'
import { fakeSystem, type ToolResult } from '../../../fake/system.ts'

const bounds = { signal: AbortSignal.timeout(60_000), timeoutSeconds: 5 }

function answering(result: ToolResult) {
  const system = fakeSystem()
  system.tools.set('attrd_updater', () => result)
  return system
}

test('the values of an attribute are read by node; an empty one is none', async () => {
  const lines = ['node1" value="a b"', 'node2" value=""', 'node3" value="[fd00::1]:3260 reached:"']
  const stdout = lines.map(line => `name="x" host="${line}\n`).join('')
  const system = answering({ status: 0, stdout })
  expect([...(await transientAttribute(system, 'x', bounds))]).toEqual([
    ['node1', 'a b'],
    ['node3', '[fd00::1]:3260 reached:'],
  ])
})

test.each([
  [105, 'Could not query value of x: attribute does not exist'],
  [78, 'attrd_updater: Could not query value of x: attribute does not exist'],
])('an attribute that no node has is no error (exit status %i)', async (status, stderr) => {
  expect((await transientAttribute(answering({ status, stderr }), 'x', bounds)).size).toBe(0)
})

test('a manager of attributes that does not answer is an error', async () => {
  const system = answering({ status: 102, stderr: 'Could not connect to attrd: Connection refused' })
  await expect(transientAttribute(system, 'x', bounds)).rejects.toThrow('Connection refused')
  await expect(setTransientAttribute(system, ['x', 'y'], bounds)).rejects.toThrow('Connection refused')
})

test.each([
  { portals: ['10.77.1.100:3260'], reached: [] },
  { portals: ['10.77.1.100:3260', '[fd00::1]:3261'], reached: ['node1', 'node-2.example'] },
])('a report of lost portals is read as it was written: %j', report => {
  expect(parseLostPortals(lostPortalsText(report))).toEqual(report)
})

test.each(['', 'true', 'reached:node1', '10.77.1.100:3260'])('%j is no report of lost portals', text => {
  expect(parseLostPortals(text)).toBeUndefined()
})

test('addresses with their prefixes are read as they are written; what is none is left out', () => {
  const texts = ['10.77.1.1/24', 'fd00::1/64']
  const read = parsePortalAddresses(`${texts.join(' ')} 10.77.1.1 10.77.1.1/33 300.1.1.1/24 fd00::1/129 x`)
  expect(read.map(prefixedAddressText)).toEqual(texts)
})
