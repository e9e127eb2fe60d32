import { beforeEach, describe, expect, test } from 'vitest'
import { exit, failed } from '../../../ocf/exit.ts'
import { runAgent } from '../../../ocf/runtime/run.ts'
import { degraded, type State, started, stopped } from '../../../ocf/state.ts'
import { parseShortenedReason } from '../../../system/pacemaker/reason-note.ts'
import { call, recurring } from '../../fake/call.ts'
import { type FakeSystem, fakeSystem } from '../../fake/system.ts'
import { agentWith } from './agent.ts'

const NOTE = '/run/vhacs/reason-c0'
const LONG = `no connection to the peer ${'€'.repeat(60)}: check the cable, then run "drbdadm connect c0"${'; and so on'.repeat(20)}`

let system: FakeSystem
let state: State
const agent = agentWith({
  state: () => state,
  start: async () => {
    throw failed(LONG)
  },
})

beforeEach(() => {
  system = fakeSystem()
  state = started
})

const noted = () => parseShortenedReason(system.read(NOTE).trim())
const keptIn = (stderr: string) => /^ocf-exit-reason:(.*)$/m.exec(stderr)?.[1]

describe('a reason that Pacemaker would cut off', () => {
  test('is noted in full, with the part that Pacemaker receives, for root alone', async () => {
    state = degraded('started', LONG)
    const { stderr } = await call(agent, 'monitor', { system, environment: recurring })
    const brief = keptIn(stderr)
    expect(noted()).toEqual({ resource: 'c0', action: 'monitor', code: exit.degraded, brief, whole: LONG })
    expect(system.stat(NOTE).permissions).toBe(0o600)
  })

  test('of an instance of a clone is noted under the name of the failed action', async () => {
    state = stopped
    await call(agent, 'start', { system, environment: { OCF_RESOURCE_INSTANCE: 'c0:1' } })
    expect(noted()).toMatchObject({ resource: 'c0', action: 'start', code: exit.genericError })
  })

  test('of an action whose child did not end is noted by its parent', async () => {
    let said = ''
    await runAgent(agent, {
      action: 'stop',
      environment: { OCF_RESOURCE_INSTANCE: 'c0' },
      system,
      writeOutput: () => {},
      writeError: text => {
        said += text
      },
      startChild: async () => ({
        onReport: listener => listener({ step: `waiting for ${'the disk '.repeat(30)}` }),
        ended: Promise.resolve(undefined),
        requestExit: () => {},
        kill: () => {},
      }),
    })
    expect(noted()).toMatchObject({ action: 'stop', brief: keptIn(said) })
  })

  test('is kept by a probe that fails, by actions that succeed, and by a probe that an operator makes', async () => {
    system.put(NOTE, 'a note')
    await call(agent, 'monitor', { system, environment: recurring })
    await call(agent, 'stop', { system })
    await call(agent, 'monitor', { system })
    expect(system.read(NOTE)).toBe('a note')
  })

  test.each([started, stopped])('is forgotten when Pacemaker probes, as after a cleanup (%j)', async is => {
    state = is
    system.put(NOTE, 'a note')
    await call(agent, 'monitor', { system, environment: { OCF_RESKEY_CRM_meta_on_node: 'alpha' } })
    expect(() => system.stat(NOTE)).toThrow()
  })

  test('fails the action with its reason although it cannot be noted', async () => {
    system.put('/run/vhacs', 'no directory')
    state = stopped
    expect(await call(agent, 'start', { system })).toMatchObject({ code: exit.genericError, reasons: [LONG] })
  })
})

test('a short reason, and one without a resource, are not noted', async () => {
  state = degraded('started', 'no peer')
  await call(agent, 'monitor', { system, environment: recurring })
  state = degraded('started', LONG)
  await call(agent, 'monitor', { system, environment: { ...recurring, OCF_RESOURCE_INSTANCE: undefined } })
  expect(() => system.stat(NOTE)).toThrow()
})
