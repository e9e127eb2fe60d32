import { existsSync, mkdtempSync, rmdirSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { hostSystem } from '../../../../system/host/host.ts'
import { withCibCopy } from '../../../../system/pacemaker/cib/copy.ts'
import { plannedActions } from '../../../../system/pacemaker/cib/simulate.ts'
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

describe('without room in /run/vhacs', () => {
  const full = () => {
    const system = fakeSystem({ '/run/vhacs-cib-4711-AbC123/cib.xml': '<cib/>' })
    const { makeScratchDirectory } = system
    system.makeScratchDirectory = async prefix => {
      if (prefix.startsWith('/run/vhacs/')) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' })
      return makeScratchDirectory(prefix)
    }
    return system
  }

  test('a copy is made beside it, and removed; so are those of killed processes', async () => {
    const system = full()
    const copy = await withCibCopy(system, '<cib/>', '/run/vhacs', async path => path)
    expect(copy).toMatch(/^\/run\/vhacs-cib-\d+-/)
    expect(system.list('/run')).toEqual(['vhacs'])
  })

  test('none is made outside a directory that was named', async () => {
    const system = fakeSystem()
    system.makeScratchDirectory = () => Promise.reject(Object.assign(new Error('no space left'), { code: 'ENOSPC' }))
    await expect(withCibCopy(system, '<cib/>', '/tmp', async path => path)).rejects.toThrow('no space left')
  })
})

test("a simulation's copy of the CIB is not beside that of Pacemaker, whose disk may be full", async () => {
  const system = fakeSystem()
  const seen: unknown[] = []
  system.tools.set('crm_simulate', (_, { environment }) => {
    seen.push(environment?.CIB_shadow_dir)
    return { status: 0, stdout: '<pacemaker-result/>' }
  })
  await plannedActions(system, '<cib/>')
  await plannedActions(system, '<cib/>', '/tmp')
  expect(seen).toEqual([
    expect.stringMatching(/^\/run\/vhacs\/vhacs-cib-/),
    expect.stringMatching(/^\/tmp\/vhacs-cib-/),
  ])
  expect(system.list('/run/vhacs')).toEqual([])
})
