import { expect, test } from 'vitest'
import { createLog } from '../../../ocf/log.ts'

async function logged(environment: Record<string, string>): Promise<string[]> {
  const lines: string[] = []
  const log = createLog('drbd-cloud', environment, line => lines.push(line))
  log.debug('looking')
  log.info('made it "primary"')
  log.warn('the peer is gone')
  await log.flush()
  return lines
}

test('lines read as those of the stock agents, with the instance', async () => {
  expect(await logged({ OCF_RESOURCE_INSTANCE: 'c0-drbd:1' })).toEqual([
    `drbd-cloud(c0-drbd:1)[${process.pid}]: INFO: made it "primary"\n`,
    `drbd-cloud(c0-drbd:1)[${process.pid}]: WARNING: the peer is gone\n`,
  ])
})

test('HA_debug turns debug on', async () => {
  expect((await logged({ HA_debug: '1' }))[0]).toBe(`drbd-cloud(default)[${process.pid}]: DEBUG: looking\n`)
})

test.each(['0', '', 'no'])('HA_debug=%j does not', async value => {
  expect(await logged({ HA_debug: value })).toHaveLength(2)
})
