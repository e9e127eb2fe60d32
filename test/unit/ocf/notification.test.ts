import { expect, test } from 'vitest'
import { parseNotification } from '../../../ocf/notification.ts'

const environment = (variables: Record<string, string>) =>
  Object.fromEntries(Object.entries(variables).map(([name, value]) => [`OCF_RESKEY_CRM_meta_notify_${name}`, value]))

test('a notification lists the nodes by the operation there', () => {
  const notification = parseNotification(
    environment({
      type: 'pre',
      operation: 'promote',
      promote_uname: ' beta ',
      demote_uname: 'alpha',
      start_uname: 'alpha  beta',
      stop_uname: ' ',
    }),
  )
  expect(notification).toEqual({
    when: 'pre',
    operation: 'promote',
    promoting: ['beta'],
    demoting: ['alpha'],
    starting: ['alpha', 'beta'],
    stopping: [],
  })
})

test.each([
  {},
  { type: 'post' },
  { operation: 'start' },
  { type: 'during', operation: 'start' },
  { type: 'post', operation: 'monitor' },
])('%j is not a notification', variables => {
  expect(parseNotification(environment(variables))).toBeUndefined()
})
