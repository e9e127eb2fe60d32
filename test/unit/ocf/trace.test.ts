import { expect, test } from 'vitest'
import { started, stopped } from '../../../ocf/state.ts'
import type { System, Tool } from '../../../system/system.ts'
import { call } from '../../fake/call.ts'
import { fakeSystem } from '../../fake/system.ts'
import { agentWith } from './agent.ts'

const probe: Tool = { name: 'probe', package: 'probe' }
const PATH = '/tmp/trace'

/** Reads a file, starts a tool and writes, as agents do. */
const busy = agentWith({
  state: ({ system }) => {
    system.read('/proc/state')
    return stopped
  },
  start: async ({ system, step, log }) => {
    step('asking probe')
    await system.run(probe, ['--name', 'c0'], { input: 'passwd=hidden-input\n' })
    await system.write('/cfg/auth/password', 'hidden-text')
    await system.write('/cfg/enable', '1')
    log.warn('nearly done')
    throw new Error('broken')
  },
})

function node() {
  const system = fakeSystem()
  system.put('/proc/state', 'down')
  system.put('/cfg/auth/password', '')
  system.put('/cfg/enable', '0')
  system.tools.set('probe', () => ({ status: 3, stdout: 'first\npasswd=hidden-output\n', stderr: '' }))
  return system
}

async function traceOf(system: ReturnType<typeof node>, environment: Record<string, string>, path = PATH) {
  const { code } = await call(busy, 'start', { system, environment: { OCF_TRACE_FILE: PATH, ...environment } })
  expect(code).toBe(1)
  const text = readIfThere(system, path)
  return text?.replace(/^\S+ \S+ /gm, '').replace(/\[[\d.]+ s\]/g, '[TIME]')
}

function readIfThere(system: System, path: string): string | undefined {
  try {
    return system.read(path)
  } catch {
    return undefined
  }
}

test('each access to the node is in the trace, with the steps, the log and the result, without secrets', async () => {
  const trace = await traceOf(node(), { OCF_TRACE_RA: '1' })
  expect(trace?.split('\n')).toEqual([
    'test-agent start of c0',
    'step: inspecting the present state',
    'read /proc/state [TIME]',
    'step: asking probe',
    'run probe --name c0 [TIME]: 3 < passwd=******** > first\\npasswd=********',
    'write /cfg/auth/password ******** [TIME]',
    'write /cfg/enable 1 [TIME]',
    expect.stringMatching(/^test-agent\(c0\)\[\d+\]: WARNING: nearly done$/),
    'broken',
    '',
  ])
})

test.each([
  ['crm resource trace', { OCF_RESKEY_trace_ra: '1' }, true],
  ['nothing', {}, false],
  ['an operator who has turned it off', { OCF_RESKEY_trace_ra: '0' }, false],
])('%s decides whether there is a trace', async (_, environment, isThere) => {
  expect((await traceOf(node(), environment)) !== undefined).toBe(isThere)
})

test('without a file, it is in the directory of the type, below that which the operator names', async () => {
  for (const [directory, environment] of [
    ['/var/lib/heartbeat/trace_ra', {}],
    ['/srv/traces', { OCF_RESKEY_trace_dir: '/srv/traces' }],
  ] as const) {
    const system = node()
    await traceOf(system, { OCF_TRACE_FILE: '', OCF_TRACE_RA: '1', ...environment })
    const [name] = system.list(`${directory}/test-agent`)
    expect(name).toMatch(/^c0\.start\.\d{4}-\d\d-\d\d\.\d\d:\d\d:\d\d$/)
  }
})

test('an action does what it does although its trace cannot be written, and the log says so', async () => {
  const system = node()
  system.write = async () => {
    throw new Error('no space')
  }
  const healthy = agentWith({ state: () => started })
  const { code, stderr } = await call(healthy, 'start', { system, environment: { OCF_TRACE_RA: '1' } })
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.anything() })
  expect(stderr.match(/cannot be written/g)).toHaveLength(1)
  expect(stderr).toMatch(
    /the trace \/var\/lib\/heartbeat\/trace_ra\/test-agent\/c0\.start\.\S+ cannot be written: no space/,
  )
})

test('an action does not wait for a disk that hangs below its trace', async () => {
  const system = node()
  system.write = () => new Promise(() => undefined)
  const healthy = agentWith({ state: () => started })
  const { code } = await call(healthy, 'start', { system, environment: { OCF_TRACE_RA: '1' } })
  expect(code).toBe(0)
})

test('a trace to stderr has each line once', async () => {
  const environment = { OCF_TRACE_RA: '1', OCF_TRACE_FILE: '/dev/stderr' }
  const { stderr } = await call(agentWith({ state: () => started }), 'start', { system: node(), environment })
  expect(stderr.match(/test-agent start of c0/g)).toHaveLength(1)
})
