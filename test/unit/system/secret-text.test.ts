import { expect, test } from 'vitest'
import { withoutSecrets } from '../../../system/secret-text.ts'
import { ToolFailed } from '../../../system/system.ts'

test.each([
  ['\t\tshared-secret "a b\\"c";\n', '\t\tshared-secret ********;\n'],
  ['shared-secret abc;', 'shared-secret ********;'],
  ['net{shared-secret"x";}', 'net{shared-secret********;}'],
  ['\tshared-secret\n \t"x";', '\tshared-secret\n \t********;'],
  ['it has no shared-secret\nnext line', 'it has no shared-secret\nnext line'],
  ['net{shared-secret\t"x";}', 'net{shared-secret\t********;}'],
  [
    "drbdsetup connect --shared-secret=abc --protocol=C' failed",
    "drbdsetup connect --shared-secret=******** --protocol=C' failed",
  ],
  [
    "Command 'drbdsetup net-options --shared-secret=abc' terminated",
    "Command 'drbdsetup net-options --shared-secret=********' terminated",
  ],
  // as DRBD's grammar allows
  ['shared-secret\n\t"abc";', 'shared-secret\n\t********;'],
  ['shared-secret # x\n "abc";', 'shared-secret # x\n ********;'],
  // drbdadm dump-xml, drbdsetup show --json
  ['<option name="shared-secret" value="abc"/>', '<option name="shared-secret" value="********"/>'],
  ['{ "shared-secret": "a\\"bc", "x": "y" }', '{ "shared-secret": "********", "x": "y" }'],
  // a node record of open-iscsi
  ['node.session.auth.password_in = abc', 'node.session.auth.password_in = ********'],
  ['<nvpair name="secret_key" value="abc"/>', '<nvpair name="secret_key" value="********"/>'],
  ['<nvpair name="api_token" value="abc"/>', '<nvpair name="api_token" value="********"/>'],
  ['<nvpair name="pwd" value="abc"/>', '<nvpair name="pwd" value="********"/>'],
  ['<nvpair name="pwd-file" value="abc"/>', '<nvpair name="pwd-file" value="abc"/>'],
  ['secret_key=abc token=def', 'secret_key=******** token=********'],
  ['chap_secret_file=/etc/x', 'chap_secret_file=/etc/x'],
  ['c0.res has no shared-secret', 'c0.res has no shared-secret'],
  ['<nvpair id="f-1" name="passwd" value="a&amp;b"/>', '<nvpair id="f-1" name="passwd" value="********"/>'],
  ["<nvpair value='x y' name='login_secret'/>", '<nvpair value="********" name=\'login_secret\'/>'],
  ['<nvpair\n name="admin_password"\n value="x"/>', '<nvpair\n name="admin_password"\n value="********"/>'],
  ['<nvpair name="chap_secret" value="lrm://"/>', '<nvpair name="chap_secret" value="lrm://"/>'],
  ['<nvpair name="chap_secret_file" value="/etc/x"/>', '<nvpair name="chap_secret_file" value="/etc/x"/>'],
  ['<nvpair name="ip" value="passwd"/>', '<nvpair name="ip" value="passwd"/>'],
  ['fence_ipmilan: ipmi_passwd=abc def', 'fence_ipmilan: ipmi_passwd=******** def'],
])('%j is shown as %j', (text, shown) => {
  expect(withoutSecrets(text)).toBe(shown)
})

test('the error of a tool that has printed one does not contain it', () => {
  const stderr = "Command 'drbdsetup net-options --shared-secret=abc' terminated with exit code 10\n"
  expect(new ToolFailed({ command: 'drbdadm adjust c0', status: 1, stdout: '', stderr }).message).not.toContain('abc')
})

test.each([
  'shared-secret "',
  'shared-secret ',
  'shared-secret=',
  ' ',
  '"',
  '<nvpair ',
  'passwd=',
  '-passw',
  'shared-secret\n',
  'shared-secret #',
  'a.',
  '"passw',
  '"token":',
  'secret =',
])('a text of nothing but %j is processed quickly', part => {
  const begun = performance.now()
  withoutSecrets(part.repeat(2 ** 20 / part.length))
  expect(performance.now() - begun).toBeLessThan(2000)
})
