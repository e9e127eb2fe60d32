import { expect, test } from 'vitest'
import { drbdConfig } from '../../../../cloud/compose/drbd/config.ts'
import { c0 } from '../examples.ts'

const text = drbdConfig(c0, {
  ends: [
    { node: 'node1', address: '10.77.3.1' },
    { node: 'node2', address: '2001:db8::2' },
  ],
  secret: 'a_b-C9',
})

test('the sides authenticate each other', () => {
  expect(text).toContain('cram-hmac-alg sha256;\n\t\tshared-secret "a_b-C9";')
})

test('a side that loses its peer suspends I/O until the peer is fenced, and never fails it', () => {
  expect(text).toContain('fencing resource-and-stonith;')
  expect(text).toContain('fence-peer "/usr/lib/vhacs/fence-peer";')
  // the target of a resync calls its handler before it notifies the source, which continues alone if it then loses the target
  expect(text).toContain('\tunfence-peer "/usr/lib/vhacs/unfence-peer";')
  expect(text).not.toContain('after-resync-target')
  expect(text).not.toMatch(/on-no-quorum|on-no-data-accessible|io-error;|pass_on/)
})

test('a peer that acknowledges nothing is pinged sooner than by default', () => {
  expect(text).toContain('\tnet {\n\t\tprotocol C;\n\t\tping-int 7;\n')
})

test('nothing in it discards data or promotes by itself', () => {
  expect(text).not.toMatch(/after-sb|discard|auto-promote|allow-two-primaries/)
})

test('both sides have an address, an IPv6 address with its family', () => {
  expect(text).toContain('on node1 {\n\t\taddress 10.77.3.1:7800;\n\t}')
  expect(text).toContain('on node2 {\n\t\taddress ipv6 [2001:db8::2]:7800;\n\t}')
})
