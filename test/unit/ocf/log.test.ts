import { expect, test } from 'vitest'
import { createLog } from '../../../ocf/log.ts'

function logged(environment: Record<string, string>): string[] {
  const lines: string[] = []
  const log = createLog('drbd-cloud', environment, line => lines.push(line))
  log.debug('looking')
  log.info('made it "primary"')
  log.warn('the peer is gone')
  return lines
}

test('lines read as those of the stock agents, with the instance', () => {
  expect(logged({ OCF_RESOURCE_INSTANCE: 'c0-drbd:1' })).toEqual([
    `drbd-cloud(c0-drbd:1)[${process.pid}]: INFO: made it "primary"\n`,
    `drbd-cloud(c0-drbd:1)[${process.pid}]: WARNING: the peer is gone\n`,
  ])
})

test('HA_debug turns debug on', () => {
  expect(logged({ HA_debug: '1' })[0]).toBe(`drbd-cloud(default)[${process.pid}]: DEBUG: looking\n`)
})

test.each(['0', '', 'no'])('HA_debug=%j does not', value => {
  expect(logged({ HA_debug: value })).toHaveLength(2)
})
