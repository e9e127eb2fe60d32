import { expect, test } from 'vitest'
import {
  parseActiveResources,
  parsePendingResources,
  parseSettledResources,
} from '../../../../cloud/pacemaker/active-resources.ts'

/** As crm_mon 2.1 writes it, without the unused parts. */
const MONITOR = `<pacemaker-result api-version="2.25">
  <resources>
    <clone id="c0-drbd-clone">
      <resource id="c0-drbd:0" role="Master" active="true"><node name="node1" id="1"/></resource>
      <resource id="c0-drbd:1" role="Slave" active="true"><node name="node2" id="2"/></resource>
    </clone>
    <clone id="c0-lvm-clone">
      <resource id="c0-lvm:1" role="Stopped" active="false" pending="Monitoring"/>
    </clone>
    <group id="c0-mount">
      <resource id="c0-session" role="Started" active="true" pending="Monitoring"><node name="node2" id="2"/></resource>
      <resource id="c0-filesystem" role="Stopped" active="false"/>
    </group>
  </resources>
</pacemaker-result>`

test('active resources are read with their node, and their role in the terms of OCF 1.1', () => {
  expect(parseActiveResources(MONITOR)).toEqual([
    { id: 'c0-drbd', node: 'node1', role: 'Promoted' },
    { id: 'c0-drbd', node: 'node2', role: 'Unpromoted' },
    { id: 'c0-session', node: 'node2', role: 'Started' },
  ])
})

test('resources with a pending action are read, active or not', () => {
  expect(parsePendingResources(MONITOR)).toEqual(['c0-lvm', 'c0-session'])
})

test.each([
  ['role="Started" active="true" failed="false"', true],
  ['role="Started" active="true"', true],
  ['role="Master" active="true"', true],
  ['role="Started" active="true" pending="Monitoring"', true],
  ['role="Starting" active="true" failed="false"', false],
  ['role="Stopping" active="true"', false],
  ['role="Started" active="true" pending="Starting"', false],
  ['role="Started" active="true" failed="true"', false],
  ['role="Started" active="true" blocked="true"', false],
  ['role="Stopped" active="false"', false],
])('a resource with %s is settled: %s', (attributes, expected) => {
  const text = `<pacemaker-result><resources><resource id="fence" ${attributes}><node name="node1"/></resource></resources></pacemaker-result>`
  expect(parseSettledResources(text).map(({ id }) => id)).toEqual(expected ? ['fence'] : [])
})
