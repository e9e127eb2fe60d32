import { expect, test } from 'vitest'
import { ToolFailed } from '../../../system/system.ts'

test('the common prefix of all errors of Pacemaker’s tools is left out', () => {
  const stderr = 'Call failed: Update does not conform to the configured schema\n'
  const error = new ToolFailed({ command: 'cibadmin --patch --xml-pipe', status: 78, stdout: '<cib/>', stderr })
  expect(error.message).toBe(
    'cibadmin --patch --xml-pipe exited with 78: Update does not conform to the configured schema',
  )
})

/* As crm_mon and crm_simulate of Pacemaker 2.1.5 and 3.0.0 print it. */
test.each([
  [
    'the errors',
    `  <status code="102" message="Not connected">
    <errors>
      <error>error: Could not connect to &quot;launcher&quot;: Connection refused</error>
      <error>crm_mon: it isn&apos;t there &amp;quot;</error>
    </errors>
  </status>`,
    `error: Could not connect to "launcher": Connection refused; crm_mon: it isn't there &quot;`,
  ],
  ['the message', '  <status code="78" message="Invalid configuration"/>', 'Invalid configuration'],
])('of XML that a tool of Pacemaker prints when it fails, %s are shown as text', (_, status, shown) => {
  const stdout = `<pacemaker-result api-version="2.25" request="crm_mon -1 --output-as=xml">\n${status}\n</pacemaker-result>\n`
  const error = new ToolFailed({ command: 'crm_mon -1 --output-as=xml', status: 102, stdout, stderr: '' })
  expect(error.message).toBe(`crm_mon -1 --output-as=xml exited with 102: ${shown}`)
})
