import { expect, test } from 'vitest'
import { plannedActions } from '../../../../system/pacemaker/cib/simulate.ts'
import { schedulingSeconds } from '../../../../system/pacemaker/scheduling-time.ts'
import { fakeSystem } from '../../../fake/system.ts'

const cibOf = (resources: number) => `<cib>${'<primitive id="a"/>'.repeat(resources)}</cib>`

test.each([
  [0, 60],
  [6, 61],
  [32 * 6, 80],
  [512 * 6, 368],
])('the scheduler may take longer for a CIB with %i resources: %i s', (resources, seconds) => {
  expect(schedulingSeconds(cibOf(resources))).toBe(seconds)
})

test('crm_simulate gets that time', async () => {
  const system = fakeSystem()
  let seconds: number | undefined
  system.tools.set('crm_simulate', (_, { timeoutSeconds }) => {
    seconds = timeoutSeconds
    return 0
  })
  await plannedActions(system, cibOf(3072))
  expect(seconds).toBe(428)
})
