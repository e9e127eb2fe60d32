import { expect, test } from 'vitest'
import { hasCode, ToolMissing } from '../../../system/system.ts'
import { fakeSystem } from '../../fake/system.ts'
import { link } from '../../fake/tree.ts'

/* The fake node refuses what Linux refuses, with the same errno. */

const codeOf = async (act: () => unknown) => {
  try {
    await act()
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error
  }
  return 'no error'
}

function node() {
  const system = fakeSystem({ '/etc/hosts': 'text', '/etc/deep/file': '' })
  system.put('/etc/link', link('hosts'))
  system.put('/etc/loop', link('loop'))
  return system
}

test('a file is created with the requested permissions, and keeps them', async () => {
  const system = node()
  await system.write('/etc/secret', 'old', { permissions: 0o600 })
  await system.write('/etc/secret', 'new', { permissions: 0o644 })
  await system.rename('/etc/secret', '/etc/moved')
  expect(system.stat('/etc/moved')).toMatchObject({ permissions: 0o600, changedAt: system.now() })
  expect(system.read('/etc/moved')).toBe('new')
})

test.each<[string, (system: ReturnType<typeof node>) => unknown]>([
  ['ENOENT', system => system.read('/etc/none')],
  ['ENOTDIR', system => system.read('/etc/hosts/x')],
  ['EISDIR', system => system.read('/etc')],
  ['ELOOP', system => system.read('/etc/loop')],
  ['ENOTDIR', system => system.list('/etc/hosts')],
  ['EINVAL', system => system.readLink('/etc/hosts')],
  ['ENOENT', system => system.readLink('/etc/none')],
  ['EEXIST', system => system.makeDirectory('/etc/deep')],
  ['ENOENT', system => system.makeDirectory('/etc/none/deep')],
  ['EEXIST', system => system.makeDirectory('/etc/hosts', { parents: true })],
  ['no error', system => system.makeDirectory('/etc/deep', { parents: true })],
  ['ENOTEMPTY', system => system.removeDirectory('/etc/deep')],
  ['ENOTDIR', system => system.removeDirectory('/etc/link')],
  ['EEXIST', system => system.link('x', '/etc/link')],
  ['EISDIR', system => system.remove('/etc/deep')],
  ['ENOENT', system => system.write('/etc/none/x', '')],
])('%s: %s', async (code, act) => {
  expect(await codeOf(() => act(node()))).toBe(code)
})

test('links are followed to the end', () => {
  const system = node()
  system.put('/a/b', link('../etc/link'))
  expect(system.read('/a/b')).toBe('text')
  expect(system.realPath('/a/b')).toBe('/etc/hosts')
})

test('sleeping takes time on the clock, and an aborted signal ends it with its reason', async () => {
  const system = node()
  const before = system.now()
  await system.sleep(1500)
  expect(system.now() - before).toBe(1500)
  const reason = new Error('enough')
  await expect(system.sleep(10, AbortSignal.abort(reason))).rejects.toBe(reason)
})

test('a tool that is not installed is missing', async () => {
  const error = await node()
    .run({ name: 'x', package: 'y' }, [])
    .catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(ToolMissing)
  expect(hasCode(error, 'ENOENT')).toBe(false)
})
