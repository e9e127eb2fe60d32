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
])('a text of nothing but %j takes no time to speak of', part => {
  const begun = performance.now()
  withoutSecrets(part.repeat(2 ** 20 / part.length))
  expect(performance.now() - begun).toBeLessThan(2000)
})
