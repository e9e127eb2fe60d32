import { describe, expect, test } from 'vitest'
import { parseInitiator, parseIscsiName, parsePortal, parseTargetName } from '../../../../system/iscsi/names.ts'

describe('an iSCSI name', () => {
  test.each([
    'iqn.2026-01.org.example:c0',
    'iqn.2026-01.org.example',
    'iqn.2026-12.org.example:storage.c0-1:2',
    'iqn.1993-08.org.debian:01:6de1b9c2a3f',
    'eui.02004567a425678d',
    'naa.52004567ba64678d',
    'naa.62004567ba64678d0123456789abcdef',
    `iqn.2026-01.org.example:${'x'.repeat(199)}`,
  ])('%s is accepted', text => {
    expect(parseIscsiName(text)).toBe(text)
  })

  test.each([
    '',
    'c0',
    'iqn.2026-01.org.example:C0',
    'iqn.2026-00.org.example:c0',
    'iqn.2026-1.org.example:c0',
    'iqn.2026-01.org.example:',
    'iqn.2026-01.-example:c0',
    'iqn.2026-01.org.example:c0/..',
    'iqn.2026-01.org.example:c 0',
    'iqn.2026-01.org.example:c0\n',
    'eui.02004567A425678D',
    'naa.52004567',
    `iqn.2026-01.org.example:${'x'.repeat(200)}`,
  ])('%j is refused', text => {
    expect(() => parseIscsiName(text)).toThrow(RangeError)
  })
})

describe('the name of', () => {
  const CAPITALS = [
    'iqn.2000-01.com.synology:ds918.Target-1',
    'iqn.1994-05.com.redhat:ABCDEF',
    'iqn.2026-01.Org.Example',
    'eui.02004567A425678D',
    'naa.52004567BA64678D',
  ]

  test.each(CAPITALS)('a foreign target may have capitals, and keeps them: %s', text => {
    expect(parseTargetName(text)).toBe(text)
    expect(() => parseIscsiName(text)).toThrow('in lower case')
  })

  test.each(CAPITALS)('an initiator is in lower case: %s', text => {
    expect(parseInitiator(text)).toBe(text.toLowerCase())
  })

  test.each([
    'IQN.2026-01.org.example:c0',
    'iqn.2026-01.org.example:c_0',
    'iqn.2026-01.org.example:\u212Aelvin',
    'iqn.2026-01.org.example:c0;id',
    'iqn.2026-01.org.example:C0\n',
    'iqn.2026-01.org.example:../C0',
    `iqn.2026-01.org.example:${'X'.repeat(200)}`,
  ])('no target or initiator is %j', text => {
    expect(() => parseTargetName(text)).toThrow(RangeError)
    expect(() => parseInitiator(text)).toThrow(RangeError)
  })
})

describe('a portal', () => {
  test.each([
    ['192.0.2.10', '192.0.2.10:3260'],
    ['192.0.2.10:3261', '192.0.2.10:3261'],
    ['192.0.2.10:03260', '192.0.2.10:3260'],
    ['[2001:db8::10]', '[2001:db8::10]:3260'],
    ['[2001:db8::10]:3261', '[2001:db8::10]:3261'],
    ['[::]', '[::]:3260'],
    ['[2001:DB8:0::10]', '[2001:db8::10]:3260'],
    ['[2001:0db8:0:0:0:0:0:0010]', '[2001:db8::10]:3260'],
  ])('%s is %s', (text, portal) => {
    expect(parsePortal(text)).toBe(portal)
  })

  test.each([
    '',
    '192.0.2',
    '192.0.2.256',
    '192.0.2.10:',
    '192.0.2.10:0',
    '192.0.2.10:65536',
    '2001:db8::10',
    '[2001:db8::10',
    '[2001:db8:::10]',
    '[192.0.2.10]',
    'example.org',
    '[fe80::1]',
    '[febf::1]:3261',
    '[ff02::1]',
    '192.0.2.10:3260 ',
  ])('%j is refused', text => {
    expect(() => parsePortal(text)).toThrow(RangeError)
  })
})
