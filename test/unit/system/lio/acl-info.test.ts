import { expect, test } from 'vitest'
import { parseAclInfo } from '../../../../system/lio/acl-info.ts'

const session = (name: string) => `InitiatorName: ${name}\nInitiatorAlias: node2\nLIO Session ID: 1\n`
const none = (name: string) => `No active iSCSI Session for Initiator Endpoint: ${name}\n`

test.each([
  ['one that is logged in', session('iqn.a'), ['iqn.a']],
  ['one that is not', none('iqn.a'), []],
  ['several', none('iqn.a') + session('iqn.b') + session('iqn.c'), ['iqn.b', 'iqn.c']],
  ['none', '', []],
])('in the texts of ACLs, of %s', (_, text, names) => {
  expect(parseAclInfo(text)).toEqual(names)
})
