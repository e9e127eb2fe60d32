import { describe, expect, test, vi } from 'vitest'
import { cibEnvironment } from '../../../../cli/command/cib-environment.ts'
import { nouns } from '../../../../cli/nouns.ts'

const root = { isRoot: true }

describe('the CIB that the environment names', () => {
  test.each([
    [{}, {}],
    [{ CIB_file: '', CIB_shadow: '', CIB_port: '' }, {}],
    [{ CIB_file: '/tmp/cib.xml' }, { cibSetting: 'CIB_file=/tmp/cib.xml', cibFile: '/tmp/cib.xml' }],
    [{ CIB_shadow: 'test' }, { cibSetting: 'CIB_shadow=test', cibFile: '/var/lib/pacemaker/cib/shadow.test' }],
    [
      { CIB_shadow: 'test', CIB_shadow_dir: '/s' },
      { cibSetting: 'CIB_shadow=test', cibFile: '/s/shadow.test' },
    ],
    // Pacemaker's tools prefer the shadow
    [
      { CIB_shadow: 'a', CIB_file: '/f' },
      { cibSetting: 'CIB_shadow=a', cibFile: '/var/lib/pacemaker/cib/shadow.a' },
    ],
    [{ CIB_port: '1234', CIB_server: 'x' }, { cibSetting: 'CIB_port=1234' }],
  ])('%j is %j', (environment, found) => {
    expect(cibEnvironment(environment, root)).toEqual(found)
  })

  test('is in the home directory of a user who is not root', () => {
    const { cibFile } = cibEnvironment({ CIB_shadow: 'test', HOME: '/home/alice' }, { isRoot: false })
    expect(cibFile).toBe('/home/alice/.cib/shadow.test')
  })

  test('is absolute, as a tool could run in another directory', () => {
    expect(cibEnvironment({ CIB_file: 'cib.xml' }, root).cibFile).toBe(`${process.cwd()}/cib.xml`)
  })

  test('stays relative in a directory that has been removed', () => {
    const gone = vi.spyOn(process, 'cwd').mockImplementation(() => {
      throw Object.assign(new Error('uv_cwd'), { code: 'ENOENT' })
    })
    const { cibFile } = cibEnvironment({ CIB_file: 'cib.xml' }, root)
    const absolute = cibEnvironment({ CIB_file: '/tmp/cib.xml' }, root)
    gone.mockRestore()
    expect(cibFile).toBe('cib.xml')
    expect(absolute.cibFile).toBe('/tmp/cib.xml')
  })

  test('is used by the verbs that need no node', () => {
    const users = nouns.flatMap(({ name, verbs }) =>
      verbs.flatMap(({ flag, usesCibFile }) => (usesCibFile ? [`${name} ${flag?.long ?? ''}`.trim()] : [])),
    )
    expect(users).toEqual([
      'node list',
      'storage list',
      'vserver list',
      'vserver listbig',
      'compose',
      'compose diff',
      'compose apply',
      'compose read',
    ])
  })
})
