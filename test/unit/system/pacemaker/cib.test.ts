import { expect, test } from 'vitest'
import { applyIfUnchanged, queryCib, setNodeAttribute, tryPatch } from '../../../../system/pacemaker/cib/cib.ts'
import { fakeSystem } from '../../../fake/system.ts'

test.each([
  [102, 'Pacemaker is not running on this node: start it, or run vhacs on another node of the cluster'],
  [1, 'cibadmin --query exited with 1'],
])('a query of the CIB that exits with %i fails with a reason', async (status, message) => {
  const system = fakeSystem()
  system.tools.set('cibadmin', () => status)
  await expect(queryCib(system)).rejects.toThrow(message)
})

test.each([
  [0, true],
  [103, false],
])('cibadmin exits with %i: whether a patch was applied is %s', async (status, isApplied) => {
  const system = fakeSystem()
  system.tools.set('cibadmin', () => status)
  expect(await applyIfUnchanged(system, '<diff/>')).toBe(isApplied)
})

test('a file that is named relative to the directory of the operator is found by a tool that runs in another one', async () => {
  const system = fakeSystem()
  let found: string | undefined
  system.tools.set('cibadmin', (_, { environment }) => {
    found = environment?.CIB_file
    return 0
  })
  await applyIfUnchanged(system, '<diff/>', 'cib.xml')
  expect(found).toBe(`${process.cwd()}/cib.xml`)
})

test('crm_verify checks the given part of the patched CIB, and the copy is removed', async () => {
  const system = fakeSystem()
  let verified = ''
  system.tools.set('cibadmin', () => 0)
  system.tools.set('crm_verify', ([, copy = '']) => {
    verified = system.read(copy)
    return 0
  })
  const trial = { cib: '<cib/>', patch: '<diff/>', verifiable: (cib: string) => `online: ${cib}` }
  expect(await tryPatch(system, trial)).toBe('<cib/>')
  expect(verified).toBe('online: <cib/>')
  expect(system.list('/run/vhacs')).toEqual([])
})

/** What cibadmin 2.1.5 says. */
const REFUSED = [
  {
    what: 'of a later Pacemaker',
    answer: { status: 76, stderr: 'Call failed: Protocol not supported\n' },
    words: /^the CIB was written by a later version of Pacemaker than the one on this host: run vhacs on a host with /,
  },
  {
    what: 'of an unknown schema',
    answer: {
      status: 78,
      stderr:
        'Could not connect to the CIB: Update does not conform to the configured schema\nInit failed, could not perform requested operations\n',
    },
    words: /^this version of Pacemaker does not accept the CIB: run "crm_verify -V --xml-file FILE"/,
  },
] as const

test.each(REFUSED)('a CIB $what is refused with an explanation', async ({ answer, words }) => {
  const system = fakeSystem()
  system.tools.set('cibadmin', () => answer)
  const trial = { cib: '<cib/>', patch: '<diff/>', verifiable: (cib: string) => cib }
  await expect(tryPatch(system, trial)).rejects.toThrow(words)
  await expect(queryCib(system)).rejects.toThrow(words)
  expect(system.list('/run/vhacs')).toEqual([])
})

test('a patch with an invalid result is not reported as a fault of the CIB', async () => {
  const system = fakeSystem()
  const stderr = 'Call failed: Update does not conform to the configured schema\n'
  system.tools.set('cibadmin', () => ({ status: 78, stderr }))
  const trial = { cib: '<cib/>', patch: '<diff/>', verifiable: (cib: string) => cib }
  await expect(tryPatch(system, trial)).rejects.toThrow('exited with 78: Update does not conform')
})

test('a patch that crm_verify refuses is an error, and the copy is still removed', async () => {
  const system = fakeSystem()
  system.tools.set('cibadmin', () => 0)
  system.tools.set('crm_verify', () => ({ status: 78, stderr: 'error: no such resource\n' }))
  const trial = { cib: '<cib/>', patch: '<diff/>', verifiable: (cib: string) => cib }
  await expect(tryPatch(system, trial)).rejects.toThrow('error: no such resource')
  expect(system.list('/run/vhacs')).toEqual([])
})

test.each([
  ['1', ['--update', '1']],
  [undefined, ['--delete']],
])('a node attribute with the value %s', async (value, change) => {
  const system = fakeSystem()
  system.tools.set('crm_attribute', () => 0)
  await setNodeAttribute(system, 'node1', 'vhacs-vhost', value)
  expect(system.commands).toEqual([
    ['crm_attribute', '--node', 'node1', '--name', 'vhacs-vhost', '--lifetime', 'forever', ...change],
  ])
})
