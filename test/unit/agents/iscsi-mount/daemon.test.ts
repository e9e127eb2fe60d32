import { describe, expect, test } from 'vitest'
import { exit } from '../../../../ocf/exit.ts'
import { monitor, probe, started } from '../../../fake/nodes/iscsi-mount.ts'

/* What a monitor does for iscsid, without which the kernel recovers no lost session. */

const START = ['systemctl', '--no-block', 'start', 'iscsid.service']
const RESTART = ['systemctl', '--no-block', 'restart', 'iscsid.service']

type Node = Awaited<ReturnType<typeof started>>

/** Monitors every ten seconds for so long; the last answer. */
async function lookFor({ system }: Node, seconds: number) {
  for (let second = 10; second < seconds; second += 10) {
    await monitor(system)
    await system.sleep(10_000)
  }
  return monitor(system)
}

/** A session that is lost, and a portal that accepts connections or does not. */
async function lost(accepts: boolean) {
  const node = await started()
  const asked: string[] = []
  node.system.tryConnect = async ({ address, port }) => {
    asked.push(`${address} ${port}`)
    return accepts ? 'accepted' : 'none'
  }
  node.initiator.setState(node.session, 'FAILED', 'blocked')
  return { ...node, asked }
}

describe('an iscsid that is not running', () => {
  test('is started by a monitor, once', async () => {
    const { system, initiator } = await started()
    initiator.iscsid = 'dead'
    const { code, stderr } = await monitor(system)
    expect(code).toBe(exit.success)
    expect(stderr).toContain('iscsid was not running, and without it no lost session is recovered: starting it')
    expect(system.commands).toEqual([START])
    expect(initiator.iscsid).toBe('runs')
    expect(await monitor(system)).toMatchObject({ code: exit.success })
    expect(system.commands).toEqual([START])
  })

  test('is left alone by a probe', async () => {
    const { system, initiator } = await started()
    initiator.iscsid = 'dead'
    expect(await probe(system)).toMatchObject({ code: exit.success })
    expect(system.commands).toEqual([])
  })

  test('is degraded when it cannot be started for two minutes, and tried again every half minute (OCF_DEGRADED)', async () => {
    const node = await started()
    node.initiator.iscsid = 'cannot start'
    expect((await lookFor(node, 120)).code).toBe(exit.success)
    await node.system.sleep(10_000)
    const { code, reasons } = await monitor(node.system)
    expect(code).toBe(exit.degraded)
    expect(reasons).toEqual([
      'iscsid is not running, so a lost session is not recovered: run systemctl start iscsid.service',
    ])
    expect(node.system.commands).toEqual([START, START, START, START, START])
  })

  test('is left to the agent that is restarting it: the monitor does not wait for that', async () => {
    const { system, initiator } = await started()
    initiator.iscsid = 'dead'
    await system.makeDirectory('/run/vhacs-iscsid-restart')
    const begun = system.now()
    expect(await monitor(system)).toMatchObject({ code: exit.success })
    expect(system.now() - begun).toBeLessThan(1000)
    expect(system.commands).toEqual([])
  })

  test('does not fail the monitor when systemctl is missing', async () => {
    const { system, initiator } = await started()
    initiator.iscsid = 'dead'
    system.tools.delete('systemctl')
    const { code, stderr } = await monitor(system)
    expect(code).toBe(exit.success)
    expect(stderr).toContain('iscsid cannot be started: systemctl is not installed')
  })
})

describe('a session that is not recovered', () => {
  test('gets a new iscsid after a minute if its portal accepts connections, and no second one', async () => {
    const node = await lost(true)
    await lookFor(node, 60)
    expect(node.system.commands).toEqual([])
    expect(node.asked).toEqual(['192.0.2.10 3260'])
    await node.system.sleep(10_000)
    const { stderr } = await monitor(node.system)
    expect(stderr).toContain(
      'a session to 192.0.2.10:3260 was not recovered although that accepts connections: restarting',
    )
    expect(node.system.commands).toEqual([RESTART])
    expect(node.asked.length).toBeLessThanOrEqual(3)
    await lookFor(node, 500)
    expect(node.system.commands).toEqual([RESTART])
  })

  test('gets one in each interruption', async () => {
    const node = await lost(true)
    await lookFor(node, 80)
    node.initiator.setState(node.session, 'LOGGED_IN', 'running')
    await lookFor(node, 300)
    node.initiator.setState(node.session, 'FAILED', 'blocked')
    await lookFor(node, 80)
    expect(node.system.commands).toEqual([RESTART, RESTART])
  })

  test('waits while its portal accepts none', async () => {
    const node = await lost(false)
    await lookFor(node, 300)
    expect(node.asked.length).toBeGreaterThan(10)
    expect(node.system.commands).toEqual([])
  })
})
