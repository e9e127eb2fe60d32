import { describe, expect, test } from 'vitest'
import { parseAbsolutePath, parseDevicePath, parseInteger, parseList, parsePattern } from '../../../ocf/values.ts'

describe('an absolute path', () => {
  test.each([
    '/mnt',
    '/mnt/c0',
    '/srv/with blank/ü',
    '/a..b/.hidden',
    '/mnt/\u{1f4be}',
  ])('%j is accepted unchanged', text => {
    expect(parseAbsolutePath(text)).toBe(text)
  })

  test.each([
    '',
    'mnt',
    '/',
    '//mnt',
    '/mnt/',
    '/mnt/.',
    '/mnt/../etc',
    '/a\nb',
    '/a\0b',
    '/a\x7f',
    '/a\x9b2J',
    '/a\u2028b',
    '/a\u2029b',
    '/a\ufffd',
    '/a\ufffe',
    '/a\uffff',
    '/a\ud800',
    '/a\udce4',
    `/${'x'.repeat(4095)}`,
  ])('%j is rejected', text => {
    expect(() => parseAbsolutePath(text)).toThrow(RangeError)
  })
})

describe('a device path', () => {
  test('lies below /dev', () => {
    expect(parseDevicePath('/dev/disk/by-path/x')).toBe('/dev/disk/by-path/x')
  })

  test.each(['/device/x', '/dev', '/dev/', '/dev/../etc/passwd', 'dev/sda'])('%j is rejected', text => {
    expect(() => parseDevicePath(text)).toThrow(RangeError)
  })
})

describe('a whole number', () => {
  const parse = parseInteger(0, 255)

  test.each([
    ['0', 0],
    ['255', 255],
    ['007', 7],
  ])('%j is %i', (text, value) => {
    expect(parse(text)).toBe(value)
  })

  test.each([
    '',
    ' 1',
    '1 ',
    '-1',
    '+1',
    '1.0',
    '0x1',
    '1e1',
    '256',
    '9'.repeat(400),
    '१',
    '1\n',
  ])('%j is rejected', text => {
    expect(() => parse(text)).toThrow('a whole number from 0 to 255 is expected')
  })
})

describe('a list', () => {
  const parse = parseList(parsePattern(/^[a-z]+$/, 'a word'))

  test('is split at blanks, tabs and newlines', () => {
    expect(parse('  one\ttwo\n three ')).toEqual(['one', 'two', 'three'])
  })

  test('counts the same item twice once', () => {
    expect(parse('one two one')).toEqual(['one', 'two'])
  })

  test('is rejected for one wrong item', () => {
    expect(() => parse('one 2')).toThrow('a word is expected')
  })
})
