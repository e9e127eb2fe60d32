import { describe, expect, test, vi } from 'vitest'
import { agents } from '../../../agents/all.ts'
import type { Agent } from '../../../ocf/agent.ts'
import { exit } from '../../../ocf/exit.ts'
import { ToolMissing } from '../../../system/system.ts'
import { subjects } from '../../contract/contract.ts'
import { type Answer, answer, type Calls, toolOf, wereMade } from '../../fake/answer.ts'
import { call, recurring } from '../../fake/call.ts'
import { exitStatuses } from '../../fake/exit-statuses.ts'
import type { AgentFixture } from '../../fake/nodes/agent-fixtures.ts'
import { hangs } from '../../fake/nodes/drbd-cloud.ts'
import type { FakeSystem } from '../../fake/system.ts'
import { type DamagedFixture, fixtureOf, type ToolCase, toolCases } from './tool-failure-cases.ts'

/*
 * Each tool that an agent runs: missing, exiting with each documented status or killed by a signal, printing garbage or
 * nothing, failing after its work was done, hanging. In each case the action ends in time, with one reason or a true success;
 * a probe reports the truth; and once the tool works again the resource can be stopped and started. The reason for a
 * particular defect is tested with the agent.
 */

const GARBAGE = '\u0000\u001b[31m<rubbish/>{"report":\n'
const garbage = { status: 0, stdout: GARBAGE, stderr: GARBAGE }

const reported = (status: number | undefined) => () => ({ status, stderr: 'out of order\n' })

/** From these calls on. */
const isMissing =
  ({ tools }: FakeSystem, name: string): Answer =>
  () => {
    tools.delete(name)
    throw new ToolMissing({ name, package: `the package of ${name}` })
  }

/** The tool does its work and prints its output, but fails. */
const failsAfterwards: Answer = async (args, options, usual) => {
  const done = await usual(args, options)
  return { ...(typeof done === 'number' ? {} : done), ...reported(1)() }
}

interface Defect {
  readonly how: string
  readonly spoil: (system: FakeSystem, calls: Calls) => void
  /** It reports success nevertheless. */
  readonly isSilent?: true
}

function defectsOf(tool: string): Defect[] {
  const statuses = new Map<string, readonly number[]>(Object.entries(exitStatuses)).get(tool)
  if (statuses === undefined) throw new Error(`which exit statuses has ${tool}?`)
  const answers = (fake: Answer) => (system: FakeSystem, calls: Calls) => answer(system, calls, fake)
  return [
    { how: 'is missing', spoil: (system, calls) => answer(system, calls, isMissing(system, tool)) },
    ...statuses.map(status => ({ how: `exits with ${status}`, spoil: answers(reported(status)) })),
    { how: 'is killed by a signal', spoil: answers(reported(undefined)) },
    { how: 'prints nothing and does nothing', spoil: answers(() => 0), isSilent: true },
    { how: 'prints garbage and does nothing', spoil: answers(() => garbage), isSilent: true },
    { how: 'fails after its work was done', spoil: answers(failsAfterwards) },
    { how: 'hangs', spoil: answers(hangs) },
  ]
}

describe.each(agents)('$name', agent => {
  const own = toolCases[agent.name] ?? []

  test.each(own)('runs in "$title" the commands that are broken below', async toolCase => {
    const { system } = await arrange(agent, toolCase)
    await inTime(perform(agent, toolCase, system))
    expect(new Set(system.commands.map(([tool]) => tool))).toEqual(new Set(toolCase.calls.map(toolOf)))
    expect(toolCase.calls.filter(calls => !wereMade(system.commands, calls))).toEqual([])
  })

  const cases = own.flatMap(toolCase =>
    toolCase.calls.flatMap(calls => defectsOf(toolOf(calls)).map(defect => ({ toolCase, calls, ...defect }))),
  )
  test.each(cases)('$toolCase.title: $calls $how', async ({ toolCase, calls, spoil, isSilent }) => {
    const fixture = await arrange(agent, toolCase)
    const { system, repair } = fixture
    const begun = Date.now()
    spoil(system, calls)
    const { code, reasons } = await inTime(perform(agent, toolCase, system))
    expect(Date.now() - begun).toBeLessThan(secondsOf(agent, toolCase.action) * 1000)
    const success = successOf(toolCase)
    expect(toolCase.isCheck && !isSilent ? FAILURES : [success, ...FAILURES]).toContain(code)
    expect(reasons.length, reasons.join('\n')).toBe(code === success ? 0 : 1)
    await expectTruth(agent, fixture)
    repair()
    await expectTruth(agent, fixture)
    if (code === success)
      expect(await monitor(agent, system)).toBe(codeAfter([...(toolCase.from ?? []), toolCase.action]))
    for (const action of ['stop', 'start']) {
      expect(await inTime(call(agent, action, { system, parameters: parametersOf(agent) }))).toMatchObject({ code: 0 })
      expect(await monitor(agent, system)).toBe(codeAfter([action]))
      await expectTruth(agent, fixture)
    }
  })
})

/** A monitor of a running resource never reports it as stopped, and nothing here is a mistake in the CIB. */
const FAILURES: readonly number[] = [
  exit.genericError,
  exit.invalidHere,
  exit.insufficientPrivileges,
  exit.notInstalled,
]

function successOf({ action, from = [] }: ToolCase): number {
  return action === 'monitor' ? codeAfter(from) : exit.success
}

/** The exit code of a monitor after these actions have succeeded. */
function codeAfter(actions: readonly string[]): number {
  const codes: Readonly<Record<string, number>> = {
    start: exit.success,
    demote: exit.success,
    promote: exit.runningPromoted,
    stop: exit.notRunning,
  }
  return actions.flatMap(action => codes[action] ?? []).at(-1) ?? exit.notRunning
}

/** A probe may fail, but otherwise reports what the kernel has. */
async function expectTruth(agent: Agent, { system, isActive, isPromoted }: AgentFixture): Promise<void> {
  const { code } = await inTime(call(agent, 'monitor', { system, parameters: parametersOf(agent) }))
  const truth = !isActive() ? exit.notRunning : isPromoted?.() ? exit.runningPromoted : exit.success
  expect([truth, exit.genericError, exit.notInstalled]).toContain(code)
}

/** A node for that case on which all tools work; `repair` restores it. */
async function arrange(agent: Agent, { from = [], fixture }: ToolCase) {
  const made: DamagedFixture = fixture ? fixture() : fixtureOf(agent.name)
  const { system } = made
  const before = new Map(system.tools)
  for (const action of from) await call(agent, action, { system, parameters: parametersOf(agent) })
  made.damage?.()
  const tools = new Map([...system.tools, ...before])
  system.commands.length = 0
  const repair = () => {
    for (const [name, tool] of tools) system.tools.set(name, tool)
    made.repair?.()
  }
  return { ...made, repair }
}

function parametersOf({ name }: Agent): Readonly<Record<string, string>> {
  return subjects.find(({ agent }) => agent === name)?.parameters ?? {}
}

function perform(agent: Agent, { action, parameters, environment }: ToolCase, system: FakeSystem) {
  const options = { system, parameters: { ...parametersOf(agent), ...parameters } }
  return call(agent, action, environment === undefined ? options : { ...options, environment })
}

async function monitor(agent: Agent, system: FakeSystem): Promise<number> {
  const { code } = await call(agent, 'monitor', { system, parameters: parametersOf(agent), environment: recurring })
  return code
}

/** Advances the clock until the action has ended. */
async function inTime<T>(running: Promise<T>): Promise<T> {
  let isOver = false
  const ending = running.finally(() => {
    isOver = true
  })
  while (!isOver) await vi.advanceTimersByTimeAsync(100)
  return ending
}

function secondsOf({ timeouts }: Agent, action: string): number {
  return new Map(Object.entries(timeouts)).get(action) ?? 20
}
