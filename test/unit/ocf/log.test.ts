import { expect, test } from 'vitest'
import { stopped } from '../../../ocf/state.ts'
import { call } from '../../fake/call.ts'
import { fakeSystem } from '../../fake/system.ts'
import { agentWith } from './agent.ts'

const talkative = agentWith({
  state: ({ log }) => {
    log.debug('looking')
    log.info('found it "stopped"')
    log.warn('the peer is gone')
    return stopped
  },
})

/** What a probe of the talkative agent writes. */
async function logged(environment: Record<string, string>): Promise<string[]> {
  const { stderr } = await call(talkative, 'monitor', { system: fakeSystem(), environment })
  return stderr.split('\n').filter(line => line !== '')
}

test('lines have the form of the stock agents, with the instance, in order', async () => {
  expect(await logged({ OCF_RESOURCE_INSTANCE: 'c0-drbd:1' })).toEqual([
    `test-agent(c0-drbd:1)[${process.pid}]: INFO: found it "stopped"`,
    `test-agent(c0-drbd:1)[${process.pid}]: WARNING: the peer is gone`,
  ])
})

test('HA_debug turns debug on', async () => {
  expect((await logged({ HA_debug: '1' }))[0]).toBe(`test-agent(c0)[${process.pid}]: DEBUG: looking`)
})

test.each(['0', '', 'no'])('HA_debug=%j does not turn debug on', async value => {
  expect(await logged({ HA_debug: value })).toHaveLength(2)
})

test('VHACS_LOG=json writes records of pino, with agent and resource', async () => {
  const lines = await logged({ VHACS_LOG: 'json', OCF_RESOURCE_INSTANCE: 'c0-drbd:1' })
  expect(lines.map(line => JSON.parse(line))).toEqual([
    {
      level: 30,
      time: expect.any(Number),
      agent: 'test-agent',
      resource: 'c0-drbd:1',
      pid: process.pid,
      msg: 'found it "stopped"',
    },
    expect.objectContaining({ level: 40, msg: 'the peer is gone' }),
  ])
})

test('everything is logged before the exit reason', async () => {
  const agent = agentWith({
    start: async ({ log }) => {
      log.info('starting')
      throw new Error('broken')
    },
  })
  const { stderr } = await call(agent, 'start', { system: fakeSystem() })
  expect(stderr.split('\n')).toEqual([
    `test-agent(c0)[${process.pid}]: INFO: starting`,
    'ocf-exit-reason:start: broken',
    '',
  ])
})

test('text from outside does not begin a new line, and has no effect on a terminal', async () => {
  const directory = '/mnt/a\nocf-exit-reason:all is well\nkernel: \x1b]0;title\x07\x9b2J\x7f'
  const agent = agentWith({
    state: ({ log }) => {
      log.info(`${directory} is mounted\n`)
      return stopped
    },
  })
  const { stderr } = await call(agent, 'monitor', {
    system: fakeSystem(),
    environment: { OCF_RESOURCE_INSTANCE: 'c0\nc1' },
  })
  expect(stderr).toBe(
    `test-agent(c0\\nc1)[${process.pid}]: INFO: /mnt/a\\nocf-exit-reason:all is well\\nkernel: ` +
      '\\u001b]0;title\\u0007\\u009b2J\\u007f is mounted\n',
  )
})
