import { expect, test } from 'vitest'
import { fencingProperty, fencingPropertyName } from '../../../../../system/pacemaker/fencing/properties.ts'

test.each([
  [['2.1.0'], 'stonith-timeout'],
  [['3.0.1'], 'stonith-timeout'],
  [['3.0.2'], 'fencing-timeout'],
  [['3.0.2-rc1'], 'fencing-timeout'],
  [['3.0.10-2+deb14u1'], 'fencing-timeout'],
  [['3.1.0', '4.0.0'], 'fencing-timeout'],
  [['3.0.2', '2.1.5'], 'stonith-timeout'],
  [['3.0.2', ''], 'stonith-timeout'],
  [[], 'stonith-timeout'],
])('with the versions %j, Pacemaker reads the time-out of fencing as %s', (versions, name) => {
  expect(fencingPropertyName('fencing-timeout', versions)).toBe(name)
})

test.each<[string, Readonly<Record<string, string>>, string, string | undefined]>([
  ['the new name, where it is known', { 'fencing-enabled': 'a', 'stonith-enabled': 'b' }, '3.0.2', 'fencing-enabled'],
  [
    'the old name, where the new one is not known',
    { 'fencing-enabled': 'a', 'stonith-enabled': 'b' },
    '3.0.1',
    'stonith-enabled',
  ],
  ['the old name, where the new one is not set', { 'stonith-enabled': 'b' }, '3.0.2', 'stonith-enabled'],
  [
    'the old name, where the new one is empty',
    { 'fencing-enabled': '', 'stonith-enabled': 'b' },
    '3.0.2',
    'stonith-enabled',
  ],
  ['nothing, where neither is set', {}, '3.0.2', undefined],
])('what counts is %s', (_, properties, version, name) => {
  expect(fencingProperty(new Map(Object.entries(properties)), 'fencing-enabled', version)?.name).toBe(name)
})
