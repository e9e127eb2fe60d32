import { describe, expect, test } from 'vitest'
import { lioIblock } from '../../../../agents/lio-iblock/index.ts'
import { exit } from '../../../../ocf/exit.ts'
import type { System } from '../../../../system/system.ts'
import { call, recurring } from '../../../fake/call.ts'
import { NO_BACKSTORE, parameters, stopped, TARGET } from '../../../fake/nodes/lio-iblock.ts'
import type { FakeSystem } from '../../../fake/system.ts'

/* A start or stop that ends at any of its changes, killed there or refused by the kernel there. */

/** Linux 6.12: older kernels see all changes but one. */
const node = () => stopped(6.12)

const CHANGES = ['write', 'makeDirectory', 'removeDirectory', 'link', 'remove', 'rename'] as const
const given = {
  ...parameters,
  chap_user: 'alice',
  chap_secret: 'correct-horse-battery',
  emulate_tpu: '1',
  block_size: '4096',
  cmdsn_depth: '128',
}

/** The node, with each change preceded by `before`, which gets the number of changes so far. */
function interrupted(system: FakeSystem, before: (count: number) => Promise<void>): System {
  const made = { ...system }
  let count = 0
  for (const method of CHANGES) {
    const change: (...args: never[]) => Promise<void> = system[method]
    Object.assign(made, {
      [method]: async (...args: never[]) => {
        await before(count)
        count += 1
        await change(...args)
      },
    })
  }
  return made
}

/** Leaves an action where it is after so many changes, as SIGKILL does. */
async function killed(system: FakeSystem, action: string, after: number): Promise<void> {
  const dying = interrupted(system, count => (count >= after ? new Promise(() => {}) : Promise.resolve()))
  void call(lioIblock, action, { system: dying, parameters: given })
  for (let turn = 0; turn < 500; turn += 1) await Promise.resolve()
  await new Promise(resolve => setImmediate(resolve))
  for (let turn = 0; turn < 500; turn += 1) await Promise.resolve()
}

const codeOf = async (system: System, action: string, environment = {}) =>
  (await call(lioIblock, action, { system, parameters: given, environment })).code

async function expectNothingLeft(system: FakeSystem): Promise<void> {
  expect(await codeOf(system, 'stop')).toBe(exit.success)
  expect(await codeOf(system, 'monitor')).toBe(exit.notRunning)
  expect(system.list(`${TARGET}/core`)).toEqual(NO_BACKSTORE)
  expect(system.list(`${TARGET}/iscsi`).filter(name => name.startsWith('iqn.'))).toEqual([])
}

const { system: whole } = node()
await call(lioIblock, 'start', { system: whole, parameters: given })
const starting = whole.changes.map((change, index) => [index, change] as const)
whole.changes.length = 0
await call(lioIblock, 'stop', { system: whole, parameters: given })
const stopping = whole.changes.map((change, index) => [index, change] as const)

test('start and stop make changes', () => {
  expect(starting.length).toBeGreaterThan(20)
  expect(stopping.length).toBeGreaterThan(10)
})

describe.each(starting)('a start that was killed before change %i, %s', index => {
  test('is completed by a start', async () => {
    const { system } = node()
    await killed(system, 'start', index)
    expect(system.changes).toHaveLength(index)
    expect(await codeOf(system, 'start')).toBe(exit.success)
    expect(await codeOf(system, 'monitor', recurring)).toBe(exit.success)
  })

  test('is removed by a stop, and does not count as running', async () => {
    const { system } = node()
    await killed(system, 'start', index)
    expect(await codeOf(system, 'monitor')).not.toBe(exit.success)
    // the target's group comes with the module, which stays
    await system.makeDirectory(`${TARGET}/iscsi`).catch(() => {})
    await expectNothingLeft(system)
  })
})

describe.each(stopping)('a stop that was killed before change %i, %s', index => {
  const half = async () => {
    const { system } = node()
    await codeOf(system, 'start')
    system.changes.length = 0
    await killed(system, 'stop', index)
    expect(system.changes).toHaveLength(index)
    return system
  }

  test('is completed by a stop', async () => {
    await expectNothingLeft(await half())
  })

  test('is repaired by a start', async () => {
    const system = await half()
    expect(await codeOf(system, 'start')).toBe(exit.success)
    expect(await codeOf(system, 'monitor', recurring)).toBe(exit.success)
  })
})

describe.each([
  'EBUSY',
  'EINVAL',
  'EIO',
  'ENOSPC',
  'EEXIST',
  'ENOMEM',
])('a start to which the kernel returns %s', code => {
  test.each(starting)('at change %i, %s, writes one reason, and stop leaves nothing behind', async index => {
    const { system } = node()
    let isRefused = false
    const refusing = interrupted(system, async count => {
      if (count < index || isRefused) return
      isRefused = true
      throw Object.assign(new Error(`${code}: refused`), { code })
    })
    const { code: status, reasons } = await call(lioIblock, 'start', { system: refusing, parameters: given })
    // some accept an existing object, and others are retried
    if (status !== exit.success) {
      expect([exit.genericError, exit.invalidHere, exit.notInstalled]).toContain(status)
      expect(reasons).toHaveLength(1)
    }
    await system.makeDirectory(`${TARGET}/iscsi`).catch(() => {})
    await expectNothingLeft(system)
  })
})

describe.each(['EBUSY', 'EINVAL', 'EIO', 'ENOTEMPTY'])('a stop to which the kernel returns %s', code => {
  test.each(
    stopping,
  )('at change %i, %s, for ever, fails with one reason, and the next stop leaves nothing behind', async index => {
    const { system } = node()
    await codeOf(system, 'start')
    const refusing = interrupted(system, async count => {
      if (count >= index) throw Object.assign(new Error(`${code}: refused`), { code })
    })
    const { code: status, reasons } = await call(lioIblock, 'stop', { system: refusing, parameters: given })
    if (status !== exit.success) {
      expect(status).toBe(exit.genericError)
      expect(reasons).toHaveLength(1)
    }
    await expectNothingLeft(system)
  })
})
