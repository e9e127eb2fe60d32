import { expect, test } from 'vitest'
import { iscsiMount } from '../../../../agents/iscsi-mount/index.ts'
import { inspect } from '../../../../agents/iscsi-mount/inspect.ts'
import { exit } from '../../../../ocf/exit.ts'
import { parseParameters } from '../../../../ocf/parameters.ts'
import { IQN, monitor, OTHER_PORTAL, start, stop, stopped } from '../../../fake/nodes/iscsi-mount.ts'
import { directory } from '../../../fake/tree.ts'

const parameters = { portals: '192.0.2.10 192.0.2.11', recovery_limit: '300' }
const NOTE = '/run/vhacs/outage-c0'

/** Two sessions whose disks multipathd has joined; it gives each up after 5 s. */
async function joined() {
  const { system, initiator } = stopped({ portal: OTHER_PORTAL })
  await start(system, parameters)
  system.put('/sys/block/dm-0/dm/uuid', 'mpath-360014058082ad1b2e1e7495154f8e383\n')
  for (const { number } of initiator.sessions) {
    system.put(`/sys/block/sd${String.fromCharCode(96 + number)}/holders/dm-0`, directory())
    system.put(`/sys/class/iscsi_session/session${number}/recovery_tmo`, '5\n')
  }
  const setAll = (state: 'LOGGED_IN' | 'FREE', disk: string) => {
    for (const session of initiator.sessions) initiator.setState(session, state, disk)
  }
  const look = () => monitor(system, parameters)
  /** Monitors every ten seconds for so long; the last answer. */
  const lookFor = async (seconds: number) => {
    for (let second = 10; second < seconds; second += 10) {
      await system.sleep(10_000)
      await look()
    }
    await system.sleep(10_000)
    return look()
  }
  return { system, initiator, setAll, look, lookFor }
}

test('a session whose limit multipathd has replaced is not degraded', async () => {
  const { look } = await joined()
  expect(await look()).toMatchObject({ code: exit.success })
})

test('one path that multipathd has failed is degraded when that outlasts a failover (OCF_DEGRADED)', async () => {
  const { initiator, look, lookFor } = await joined()
  const [session] = initiator.sessions
  if (session !== undefined) initiator.setState(session, 'FREE', 'transport-offline')
  expect(await look()).toMatchObject({ code: exit.success, reasons: [] })
  expect(await lookFor(120)).toMatchObject({
    code: exit.degraded,
    reasons: [`the target ${IQN} is unreachable at 192.0.2.10:3260`],
  })
})

test('an outage of all paths is degraded when it outlasts a failover, and fails after recovery_limit (OCF_ERR_GENERIC)', async () => {
  const { setAll, look, lookFor } = await joined()
  setAll('FREE', 'transport-offline')
  expect(await look()).toMatchObject({ code: exit.success, reasons: [] })
  expect((await lookFor(110)).code).toBe(exit.success)
  expect(await lookFor(10)).toMatchObject({
    code: exit.degraded,
    reasons: [
      expect.stringMatching(
        /at 192\.0\.2\.10:3260; .* at 192\.0\.2\.11:3260; I\/O is paused for as long as no_path_retry/,
      ),
    ],
  })
  expect(await lookFor(170)).toMatchObject({ code: exit.degraded })
  expect(await lookFor(20)).toMatchObject({
    code: exit.genericError,
    reasons: [expect.stringContaining(`the target ${IQN} has been unreachable for more than 300 s`)],
  })
})

test('an inspection during an outage reads the note and writes nothing', async () => {
  const { system, setAll, look } = await joined()
  const values = parseParameters(iscsiMount.parameters, { OCF_RESKEY_iqn: IQN, OCF_RESKEY_portals: parameters.portals })
  const secondsSeen = () => inspect({ system, parameters: values, instance: 'c0' }).outageSeconds
  setAll('FREE', 'transport-offline')
  system.changes.length = 0
  expect(secondsSeen()).toBeUndefined()
  expect(system.changes).toEqual([])
  await look()
  await system.sleep(5000)
  expect(secondsSeen()).toBe(5)
})

test('the record of an outage is removed at its end: the next outage has its full time', async () => {
  const { system, setAll, look } = await joined()
  setAll('FREE', 'transport-offline')
  await look()
  setAll('LOGGED_IN', 'running')
  expect(await look()).toMatchObject({ code: exit.success })
  await system.sleep(400_000)
  setAll('FREE', 'transport-offline')
  expect(await look()).toMatchObject({ code: exit.success })
})

test('an outage that cannot be recorded never fails, and a warning is logged', async () => {
  const { system, setAll, look } = await joined()
  // a file where the directory should be
  system.put('/run/vhacs', 'no directory')
  setAll('FREE', 'transport-offline')
  await look()
  await system.sleep(400_000)
  const { code, stderr } = await look()
  expect(code).toBe(exit.degraded)
  expect(stderr).toContain(`could not be recorded in ${NOTE}`)
})

test('an empty note does not count as an endless outage', async () => {
  const { system, setAll, look } = await joined()
  system.put(NOTE, '')
  setAll('FREE', 'transport-offline')
  expect(await look()).toMatchObject({ code: exit.success })
})

test('a stop removes the note of the outage, and does not warn of an unused map', async () => {
  const { system, setAll, look } = await joined()
  setAll('FREE', 'transport-offline')
  await look()
  const { code, stderr } = await stop(system, parameters)
  expect(code).toBe(exit.success)
  expect(stderr).not.toContain('although it is in use')
  expect(() => system.stat(NOTE)).toThrow()
})
