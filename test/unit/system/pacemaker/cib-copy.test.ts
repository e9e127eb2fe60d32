import { existsSync, mkdtempSync, rmdirSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { hostSystem } from '../../../../system/host/host.ts'
import { withCibCopy } from '../../../../system/pacemaker/cib/copy.ts'
import { fakeSystem } from '../../../fake/system.ts'

test('nobody but this user can enter the directory of a copy, or read the copy; both are removed', async () => {
  const parent = mkdtempSync(join(tmpdir(), 'vhacs-test-'))
  const copy = await withCibCopy(hostSystem(), '<cib/>', parent, async path => {
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700)
    expect(path).toMatch(new RegExp(`^${parent}/vhacs-cib-${process.pid}-[A-Za-z0-9]{6}/cib.xml$`))
    return path
  })
  expect(existsSync(copy)).toBe(false)
  rmdirSync(parent)
})

test('no two copies have the same path', async () => {
  const system = fakeSystem()
  const path = () => withCibCopy(system, '<cib/>', '/run/vhacs', async copy => copy)
  expect(await path()).not.toBe(await path())
})

test('a copy is removed with what a tool left beside it, also when the work fails', async () => {
  const system = fakeSystem()
  const failing = withCibCopy(system, '<cib/>', '/run/vhacs', async copy => {
    await system.write(`${copy}.sig`, 'digest')
    throw new Error('refused')
  })
  await expect(failing).rejects.toThrow('refused')
  expect(system.list('/run/vhacs')).toEqual([])
})

test('the copies of killed processes are removed, those of running ones are kept', async () => {
  const system = fakeSystem({
    '/run/vhacs/vhacs-cib-4711-AbC123/cib.xml': '<cib/>',
    '/run/vhacs/vhacs-cib-4712-AbC123/cib.xml': '<cib/>',
    '/run/vhacs/score-c0': '10000',
    '/proc/4712/stat': '',
  })
  await withCibCopy(system, '<cib/>', '/run/vhacs', async () => undefined)
  expect(system.list('/run/vhacs')).toEqual(['score-c0', 'vhacs-cib-4712-AbC123'])
})

test('elsewhere an apparent copy is not touched: it may be a link of another user', async () => {
  const system = fakeSystem({ '/tmp/vhacs-cib-4711-AbC123/cib.xml': 'passwords' })
  await withCibCopy(system, '<cib/>', '/tmp', async () => undefined)
  expect(system.read('/tmp/vhacs-cib-4711-AbC123/cib.xml')).toBe('passwords')
})
