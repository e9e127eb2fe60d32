import { expect, test } from 'vitest'
import { secretDigests, secretFileProblems } from '../../../../system/nodes/files/secret-files.ts'
import { here } from './node.ts'

test.each([
  ['root alone can read', '0 600 /etc/vhacs/s\n', undefined],
  ['nobody but root can use', '0 400 /etc/vhacs/s\n', undefined],
  ['is missing', '', 'does not exist'],
  ['belongs to a user', '1000 600 /etc/vhacs/s\n', 'is not owned by root'],
  ['a group can read', '0 640 /etc/vhacs/s\n', 'is accessible to users other than its owner'],
  ['everyone can write', '0 602 /etc/vhacs/s\n', 'is accessible to users other than its owner'],
])('a file that %s', async (_, stdout, problem) => {
  const system = here({ stat: { status: stdout === '' ? 1 : 0, stdout } })
  expect((await secretFileProblems(system, 'here', ['/etc/vhacs/s'])).get('/etc/vhacs/s')).toBe(problem)
})

test('a digest belongs to its path, whatever characters the path contains; an unreadable file has none', async () => {
  const digest = 'a'.repeat(64)
  const odd = '/etc/vhacs/a  b\\n'
  const system = here({ sha256sum: { status: 1, stdout: `${digest}  ${odd}\0` } })
  expect(await secretDigests(system, 'here', [odd, '/etc/vhacs/none'])).toEqual(new Map([[odd, digest]]))
})

test('without files no node is queried', async () => {
  expect(await secretDigests(here({}), 'here', [])).toEqual(new Map())
  expect(await secretFileProblems(here({}), 'here', [])).toEqual(new Map())
})
