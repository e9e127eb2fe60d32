import { expect, test } from 'vitest'
import { addressOf } from '../../../../../system/addresses.ts'
import { hostSystem } from '../../../../../system/host/host.ts'

test('the loopback interface is up, with its address and the bits of its prefix', () => {
  const loopback = { interfaceName: 'lo', address: addressOf('127.0.0.1'), prefixLength: 8 }
  expect(hostSystem().interfaceAddresses()).toContainEqual(loopback)
})
