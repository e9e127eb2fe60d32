import { expect, test } from 'vitest'
import { loggedInInitiators } from '../../../../system/lio/delete.ts'
import { fakeSystem } from '../../../fake/system.ts'

const ACLS = '/sys/kernel/config/target/iscsi/iqn.2026-01.org.example:c0/tpgt_1/acls'

test('an initiator that spells its name with capitals is found by the directory of its ACL', () => {
  const system = fakeSystem({
    [`${ACLS}/iqn.2026-01.org.example:node2/info`]: 'InitiatorName: IQN.2026-01.org.example:Node2\n',
    [`${ACLS}/iqn.2026-01.org.example:node3/info`]: 'No active iSCSI Session for Initiator Endpoint: node3\n',
  })
  expect(loggedInInitiators(system, { iqn: 'iqn.2026-01.org.example:c0', tpgt: 1, lun: 0 })).toEqual([
    'iqn.2026-01.org.example:node2',
  ])
})
