import { describe, expect, test } from 'vitest'
import { ALL_FAULTS, SHORT } from '../../faults/kinds.ts'
import { readSettings } from '../../faults/settings.ts'

describe('settings', () => {
  test('are ten faults of all kinds on two nodes unless they say otherwise', () => {
    expect(readSettings({})).toMatchObject({
      ...{ count: 10, minutes: Number.POSITIVE_INFINITY, nodes: [1, 2] },
      ...{ storages: ['fault1', 'fault2'], hit: ['fault1', 'fault2'], hasContainer: true, faults: ALL_FAULTS },
      isShort: false,
    })
  })

  test('choose a fault and a storage', () => {
    const { faults, hit } = readSettings({ FAULT: 'the LUN is removed', STORAGE: 'fault2' })
    expect(faults.map(({ name }) => name)).toEqual(['the LUN is removed'])
    expect(hit).toEqual(['fault2'])
  })

  test('leave the container out', () => {
    expect(readSettings({ VSERVER: '0' }).hasContainer).toBe(false)
  })

  test.each<[Record<string, string>, RegExp]>([
    [{ VSERVER: 'no' }, /VSERVER=no: expected a number from 0 to 1/],
    [{ COUNT: 'many' }, /COUNT=many: expected a number from 1 to 10000/],
    [{ NODES: '1' }, /NODES=1: expected a number from 2 to 3/],
    [{ FAULT: 'fire' }, /FAULT="fire" is none of these:\nthe exporting node is killed/],
    [{ STORAGE: 'fault3' }, /STORAGE="fault3" is none of these:\nfault1\nfault2/],
  ])('%j are refused', (environment, message) => {
    expect(() => readSettings(environment)).toThrow(message)
  })
})

test('the short campaign has only faults that exist', () => {
  expect(SHORT.filter(name => !ALL_FAULTS.some(fault => fault.name === name))).toEqual([])
})

test('the short campaign is of those, and clears failures', () => {
  const { faults, isShort } = readSettings({ SHORT: '1' })
  expect(faults.map(({ name }) => name).toSorted()).toEqual(SHORT.toSorted())
  expect(isShort).toBe(true)
})

test('each fault has a name of its own', () => {
  expect(new Set(ALL_FAULTS.map(({ name }) => name)).size).toBe(ALL_FAULTS.length)
})
