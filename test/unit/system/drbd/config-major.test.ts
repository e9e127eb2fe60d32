import { expect, test } from 'vitest'
import { drbdConfig } from '../../../../cloud/compose/drbd/config.ts'
import { majorEvidence } from '../../../../system/drbd/config/major.ts'
import { parseDrbdConfig, type Section } from '../../../../system/drbd/config/syntax.ts'
import { c0 } from '../../cloud/examples.ts'

const resource = (text: string) => parseDrbdConfig(text)[0] as Section
const evidence = (body: string) =>
  majorEvidence(resource(`resource x { ${body} }`)).map(({ major, statement }) => `${major}: ${statement}`)

/** What drbdadm of each version refuses, as drbd-utils 9.22 does. */
test.each([
  ['disk { fencing resource-and-stonith; }', ['8: fencing in "disk"']],
  ['net { fencing resource-and-stonith; }', ['9: fencing in "net"']],
  ['on a { node-id 0; address 192.0.2.1:7800; }', ['9: node-id']],
  ['options { quorum off; }', ['9: quorum']],
  ['options { auto-promote no; }', ['9: auto-promote']],
  ['connection { host a port 7000; host b port 7000; }', ['9: connection']],
  ['connection-mesh { hosts a b; }', ['9: connection-mesh']],
  // drbdadm-84 of drbd-utils 9.22 takes it
  ['handlers { unfence-peer "/bin/true"; }', []],
  ['disk { fencing dont-care; } options { quorum off; }', ['8: fencing in "disk"', '9: quorum']],
  ['disk { on-io-error detach; } handlers { fence-peer "/bin/true"; after-resync-target "/bin/true"; }', []],
  ['net { shared-secret "quorum"; }', []],
  ['', []],
])('%s', (body, expected) => {
  expect(evidence(body)).toEqual(expected)
})

test.each([8, 9] as const)('what is composed for %i is for that version alone', major => {
  const ends = ['a', 'b'].map((node, index) => ({ node, address: `192.0.2.${index + 1}` }))
  const text = drbdConfig(c0, { ends, major, secret: 'x' })
  expect(majorEvidence(resource(text)).map(evidence => evidence.major)).toEqual([major])
})
