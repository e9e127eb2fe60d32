import { describe, expect, test } from 'vitest'
import { agents } from '../../agents/all.ts'
import type { Agent } from '../../ocf/agent.ts'
import { metadata, usage } from '../../ocf/runtime/metadata.ts'
import { call, type Result } from '../fake/call.ts'
import { type AgentFixture, drbdFixture, fixtures, lioFixture, nspawnFixture } from '../fake/nodes/agent-fixtures.ts'
import { fakeSystem } from '../fake/system.ts'
import { type Call, contractOf, type Expectation, type Subject, subjects } from './contract.ts'

test('the contract is tested for every agent', () => {
  expect(subjects.map(({ agent }) => agent)).toEqual(agents.map(({ name }) => name))
})

const onEach = subjects.map(subject => ({ subject, name: subject.agent, makeFixture: () => fixtureOf(subject) }))
const others: readonly (readonly [string, string, () => AgentFixture])[] = [
  ['drbd-cloud', 'with DRBD 9', () => drbdFixture('9.1.13')],
  ['lio-iblock', 'with Linux 6.12', () => lioFixture(6.12)],
  ['nspawn-container', 'with systemd 257', () => nspawnFixture(true)],
]
const onOthers = others.flatMap(([agent, what, makeFixture]) =>
  onEach.filter(({ name }) => name === agent).map(one => ({ ...one, name: `${agent}, ${what},`, makeFixture })),
)

describe.each([...onEach, ...onOthers])('$name on the fake node', ({ subject, makeFixture }) => {
  const agent = agentOf(subject)

  test.each(contractOf(subject))('$title', async ({ steps }) => {
    const fixture = makeFixture()
    for (const step of steps) {
      if ('destroyed' in step) fixture.destroyResource()
      else check(agent, step.call, await make(agent, subject, step.call, fixture), step.expect)
    }
  })
})

function agentOf({ agent }: Subject): Agent {
  const found = agents.find(({ name }) => name === agent)
  if (found === undefined) throw new Error(`no agent ${agent}`)
  return found
}

function fixtureOf({ agent }: Subject): AgentFixture {
  const make = fixtures[agent]
  if (make === undefined) throw new Error(`no fixture for ${agent}`)
  return make()
}

async function make(agent: Agent, subject: Subject, { arguments: words, ...how }: Call, { system }: AgentFixture) {
  const changed = how.parameters === 'none' ? {} : { ...subject.parameters, ...how.parameters }
  const parameters = Object.entries(changed).flatMap(([name, value]) => (value === null ? [] : [[name, value]]))
  return call(agent, words[0], {
    parameters: Object.fromEntries(parameters),
    environment: how.environment ?? {},
    system: how.isWithoutTools ? { ...system, run: fakeSystem().run } : system,
  })
}

function check(agent: Agent, made: Call, result: Result, { codes, reasons, output }: Expectation): void {
  const outputs = { nothing: '', 'meta-data': metadata(agent), usage: usage(agent) }
  const seen = { reasons: result.reasons.length, stdout: result.stdout, abandoned: result.abandoned }
  const said = `${made.arguments.join(' ')} ${JSON.stringify(made.parameters)}: ${result.stderr}`
  expect(codes, said).toContain(result.code)
  expect(seen, said).toEqual({ reasons, stdout: outputs[output], abandoned: false })
}
