import { expect, test } from 'vitest'
import { exit, OcfError } from '../../../ocf/exit.ts'
import { type Parameters, parseParameters, quote } from '../../../ocf/parameters.ts'
import { parseInteger } from '../../../ocf/values.ts'

const declared = {
  size: { type: 'integer', required: true, short: 'the size', long: '', parse: parseInteger(1, 9) },
  depth: { type: 'integer', default: '3', short: 'the depth', long: '', parse: parseInteger(1, 9) },
  width: { type: 'integer', short: 'the width', long: '', parse: parseInteger(1, 9) },
} as const satisfies Parameters

test('an unset parameter has its default, or is undefined without one', () => {
  expect(parseParameters(declared, { OCF_RESKEY_size: '2' })).toEqual({ size: 2, depth: 3, width: undefined })
})

test('an empty text counts as not set', () => {
  const environment = { OCF_RESKEY_size: '2', OCF_RESKEY_depth: '', OCF_RESKEY_width: '' }
  expect(parseParameters(declared, environment)).toEqual({ size: 2, depth: 3, width: undefined })
})

test('a missing parameter is reported with its description', () => {
  expect(() => parseParameters(declared, {})).toThrow(
    new OcfError(exit.notConfigured, 'parameter size is missing: the size'),
  )
})

test('a wrong value is reported with the expected form', () => {
  expect(() => parseParameters(declared, { OCF_RESKEY_size: 'big' })).toThrow(
    new OcfError(exit.notConfigured, 'parameter size: a whole number from 1 to 9 is expected, got "big"'),
  )
})

test('an unexpected error of a parser is not a wrong value', () => {
  const broken = {
    size: {
      ...declared.size,
      parse: () => {
        throw new TypeError('broken')
      },
    },
  }
  expect(() => parseParameters(broken, { OCF_RESKEY_size: '2' })).toThrow(TypeError)
})

test('a long text is cut, with its length', () => {
  expect(quote('x'.repeat(500))).toBe(`"${'x'.repeat(99)}…" (500 characters)`)
})

test('unprintable characters are escaped', () => {
  expect(quote('a\nb\0')).toBe('"a\\nb\\u0000"')
  expect(quote('\x7f \u009b1m \u202e \u2028')).toBe('"\\u{7f} \\u{9b}1m \\u{202e} \\u{2028}"')
})

test('a wrong secret is not shown', () => {
  const secret = { type: 'string', short: 's', long: '', isSecret: true, parse: parseInteger(1, 9) } as const
  expect(() => parseParameters({ secret }, { OCF_RESKEY_secret: 'hunter2' })).toThrow(
    new OcfError(
      exit.notConfigured,
      'parameter secret: a whole number from 1 to 9 is expected, its 7 characters are not shown',
    ),
  )
})
