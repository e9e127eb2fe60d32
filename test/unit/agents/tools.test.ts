import { describe, expect, test, vi } from 'vitest'
import { agents } from '../../../agents/all.ts'
import type { Agent } from '../../../ocf/agent.ts'
import { exit } from '../../../ocf/exit.ts'
import { subjects } from '../../contract/contract.ts'
import { call, recurring } from '../../fake/call.ts'
import { hangs } from '../../fake/drbd-node.ts'
import type { FakeSystem, FakeTool } from '../../fake/system.ts'
import { type Situation, situations, type TroubledWorld, worldOf } from './situations.ts'

/*
 * Each tool that an agent calls: missing, ending with each status that it documents or by a signal, printing rubbish,
 * failing after its work was done, hanging. Whatever it does, the action ends in time, with one reason or a success that is
 * true, and once the tool is well again the resource can be stopped and started. What an agent answers to one defect is
 * with its own tests.
 */

/** lvm2: tools/errors.h; drbdadm(8), drbdsetup(8), crm_error(8), iscsiadm(8), systemctl(1), mount(8), e2fsck(8), grep(1). */
const STATUSES: Readonly<Record<string, readonly number[]>> = {
  lvs: [1, 2, 3, 4, 5],
  lvchange: [1, 2, 3, 4, 5],
  dmsetup: [1],
  modprobe: [1],
  drbdadm: [1, 2, 3, 5, 10, 11, 16, 17, 20],
  drbdsetup: [1, 2, 3, 5, 10, 11, 16, 17, 20],
  crm_attribute: [1, 4, 64, 102, 105, 107, 124],
  iscsiadm: [...Array(29).keys()].map(index => index + 1),
  systemctl: [1, 3, 4, 5],
  mount: [1, 2, 4, 8, 16, 32, 64],
  umount: [1, 2, 4, 8, 16, 32, 64],
  e2fsck: [1, 2, 4, 8, 16, 32, 128],
  dd: [1],
  grep: [1, 2],
}

const RUBBISH = '\u0000\u001b[31m<rubbish/>{"report":\n'

type Spoil = (system: FakeSystem, tool: string) => void

const instead =
  (fake: FakeTool): Spoil =>
  (system, tool) =>
    system.tools.set(tool, fake)

/** The tool does its work, and ends as if it had not. */
const failsAfterwards: Spoil = (system, tool) => {
  const usual = system.tools.get(tool)
  system.tools.set(tool, async (args, options) => {
    await usual?.(args, options)
    return { status: 1, stderr: 'out of order\n' }
  })
}

function defectsOf(tool: string): (readonly [string, Spoil])[] {
  const statuses = (STATUSES[tool] ?? []).map(
    status => [`ends with ${status}`, instead(() => ({ status, stderr: 'out of order\n' }))] as const,
  )
  return [
    ['is missing', (system, name) => system.tools.delete(name)],
    ...statuses,
    ['is ended by a signal', instead(() => ({ status: undefined, stderr: '' }))],
    ['prints rubbish and does nothing', instead(() => ({ status: 0, stdout: RUBBISH, stderr: RUBBISH }))],
    ['fails after its work was done', failsAfterwards],
    ['hangs', instead(hangs)],
  ]
}

describe.each(agents)('$name', agent => {
  const own = situations[agent.name] ?? []

  test.each(own)('calls in "$title" the tools that are spoilt there', async situation => {
    const { system } = await arrange(agent, situation)
    await inTime(perform(agent, situation, system))
    expect(new Set(system.commands.map(([tool]) => tool))).toEqual(new Set(situation.tools))
  })

  const cases = own.flatMap(situation =>
    situation.tools.flatMap(tool => defectsOf(tool).map(([how, spoil]) => ({ situation, tool, how, spoil }))),
  )
  test.each(cases)('$situation.title: $tool $how', async ({ situation, tool, spoil }) => {
    const { system, mend } = await arrange(agent, situation)
    const begun = Date.now()
    spoil(system, tool)
    const { code, reasons } = await inTime(perform(agent, situation, system))
    expect(Date.now() - begun).toBeLessThan(secondsOf(agent, situation.action) * 1000)
    expect(ANSWERS).toContain(code)
    expect(reasons.length, reasons.join('\n')).toBe(code === exit.success ? 0 : 1)
    mend()
    if (code === exit.success) expect(await monitor(agent, system)).toBe(AFTER[situation.action])
    for (const action of ['stop', 'start']) {
      expect(await inTime(call(agent, action, { system, parameters: parametersOf(agent) }))).toMatchObject({ code: 0 })
      expect(await monitor(agent, system)).toBe(AFTER[action])
    }
  })
})

/** A monitor of what runs never says that it does not run, and nothing here is a mistake of the CIB. */
const ANSWERS: readonly number[] = [
  exit.success,
  exit.genericError,
  exit.invalidHere,
  exit.insufficientPrivileges,
  exit.notInstalled,
  exit.degraded,
]

/** What a monitor says when such an action has succeeded. */
const AFTER: Readonly<Record<string, number>> = {
  start: exit.success,
  monitor: exit.success,
  demote: exit.success,
  promote: exit.runningPromoted,
  stop: exit.notRunning,
}

/** A node in that situation, all tools well; `mend` makes everything so again. */
async function arrange(agent: Agent, { from = [], world }: Situation) {
  const made: TroubledWorld = world ? world() : worldOf(agent.name)
  const { system } = made
  const before = new Map(system.tools)
  for (const action of from) await call(agent, action, { system, parameters: parametersOf(agent) })
  made.trouble?.()
  const tools = new Map([...system.tools, ...before])
  system.commands.length = 0
  const mend = () => {
    for (const [name, tool] of tools) system.tools.set(name, tool)
    made.mend?.()
  }
  return { system, mend }
}

function parametersOf({ name }: Agent): Readonly<Record<string, string>> {
  return subjects.find(({ agent }) => agent === name)?.parameters ?? {}
}

function perform(agent: Agent, { action, parameters, environment }: Situation, system: FakeSystem) {
  const options = { system, parameters: { ...parametersOf(agent), ...parameters } }
  return call(agent, action, environment === undefined ? options : { ...options, environment })
}

async function monitor(agent: Agent, system: FakeSystem): Promise<number> {
  const { code } = await call(agent, 'monitor', { system, parameters: parametersOf(agent), environment: recurring })
  return code
}

/** Lets the time pass until it has ended. */
async function inTime<T>(running: Promise<T>): Promise<T> {
  let isOver = false
  const ending = running.finally(() => {
    isOver = true
  })
  while (!isOver) await vi.advanceTimersByTimeAsync(100)
  return ending
}

function secondsOf({ timeouts }: Agent, action: string): number {
  return new Map(Object.entries(timeouts)).get(action) ?? 0
}
