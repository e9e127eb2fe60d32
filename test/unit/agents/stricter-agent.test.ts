import { describe, expect, test } from 'vitest'
import { agents } from '../../../agents/all.ts'
import { exit } from '../../../ocf/exit.ts'
import { subjects } from '../../contract/contract.ts'
import { call } from '../../fake/call.ts'
import { fixtureOf } from './tool-failure-cases.ts'

/* A resource was started by an agent that accepted a value which this one rejects. */

describe.each(agents)('$name', agent => {
  const { parameters = {}, malformed = {} } = subjects.find(subject => subject.agent === agent.name) ?? {}
  const running = async () => {
    const { system } = fixtureOf(agent.name)
    await call(agent, 'start', { system, parameters })
    system.changes.length = 0
    return system
  }
  const values = (whether: boolean) =>
    Object.entries(malformed)
      .filter(([name]) => (agent.parameters[name]?.identifies ?? false) === whether)
      .flatMap(([name, wrong]) => wrong.map(value => [name, value] as const))

  test('every required parameter identifies the resource', () => {
    const given = Object.values(agent.parameters).filter(({ required }) => required)
    expect(given.every(({ identifies }) => identifies)).toBe(true)
  })

  const others = values(false)
  test.runIf(others.length > 0).each(others)('is still stopped: %s=%j', async (name, value) => {
    const system = await running()
    const stop = await call(agent, 'stop', { system, parameters: { ...parameters, [name]: value } })
    expect(stop).toMatchObject({ code: exit.success, reasons: [] })
    expect(stop.stderr).toMatch(/WARNING: parameter .*; stopping as if it were not set/)
    expect((await call(agent, 'monitor', { system, parameters })).code).toBe(exit.notRunning)
  })

  test.each(values(true))('is not touched if it cannot be identified: %s=%j', async (name, value) => {
    const system = await running()
    const stop = await call(agent, 'stop', { system, parameters: { ...parameters, [name]: value } })
    expect(stop).toMatchObject({ code: exit.success, reasons: [] })
    expect(stop.stderr).toContain('there is nothing to stop')
    expect(system.changes).toEqual([])
    expect((await call(agent, 'monitor', { system, parameters })).code).toBe(exit.success)
  })
})
