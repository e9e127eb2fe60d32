import { expect, test } from 'vitest'
import { exit } from '../../../../ocf/exit.ts'
import { IQN, monitor, recordsIn, start, stop, stopped } from '../../../fake/nodes/iscsi-mount.ts'

/* A root file system without room: neither iscsiadm nor an agent can write a node record below /etc/iscsi. */

const IN_RUN = '/run/vhacs/node-records'

function full() {
  const node = stopped()
  const { system } = node
  const iscsiadm = system.tools.get('iscsiadm')
  const isInRun = () => recordsIn(system).includes(IQN) && system.realPath(`/etc/iscsi/nodes/${IQN}`).startsWith(IN_RUN)
  system.tools.set('iscsiadm', (args, options) =>
    args.includes('new') && !isInRun()
      ? { status: 6, stderr: 'iscsiadm: Could not make /etc/iscsi/nodes: No space left on device\n' }
      : (iscsiadm?.(args, options) ?? 1),
  )
  return node
}

test('a start logs in with a record in /run, and says so', async () => {
  const { system } = full()
  const { code, stderr } = await start(system)
  expect(code).toBe(exit.success)
  expect(stderr).toMatch(
    /the node record of iqn\S+ at 192\.0\.2\.10:3260 is in \/run, not on the disk: .*No space left on device/,
  )
  expect(system.readLink(`/etc/iscsi/nodes/${IQN}`)).toMatch(/^.{1,59}$/)
  expect(await monitor(system)).toMatchObject({ code: exit.success })
})

test('a stop leaves nothing of it', async () => {
  const { system } = full()
  await start(system)
  expect(await stop(system)).toMatchObject({ code: exit.success })
  expect(recordsIn(system)).toEqual([])
  expect(system.list(IN_RUN)).toEqual([])
})

test('a link that leads nowhere since a reboot is replaced', async () => {
  const { system } = stopped()
  await system.link(`${IN_RUN}/0123456789abcdef`, `/etc/iscsi/nodes/${IQN}`)
  expect(await start(system)).toMatchObject({ code: exit.success })
  expect(() => system.readLink(`/etc/iscsi/nodes/${IQN}`)).toThrow()
  expect(await stop(system)).toMatchObject({ code: exit.success })
  expect(recordsIn(system)).toEqual([])
})

test('where that does not help either, the first reason is reported', async () => {
  const { system } = stopped()
  system.tools.set('iscsiadm', () => ({ status: 6, stderr: 'iscsiadm: the database is damaged\n' }))
  const { code, reasons } = await start(system)
  expect(code).toBe(exit.genericError)
  expect(reasons).toEqual([expect.stringContaining('the database is damaged')])
  expect(recordsIn(system)).toEqual([])
})
