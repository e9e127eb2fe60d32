import { expect, test } from 'vitest'
import { ToolFailed } from '../../../system/system.ts'

test('the common prefix of all errors of Pacemaker’s tools is left out', () => {
  const stderr = 'Call failed: Update does not conform to the configured schema\n'
  const error = new ToolFailed({ command: 'cibadmin --patch --xml-pipe', status: 78, stdout: '<cib/>', stderr })
  expect(error.message).toBe(
    'cibadmin --patch --xml-pipe exited with 78: Update does not conform to the configured schema',
  )
})
