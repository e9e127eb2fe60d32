import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expandAmong, expandRanges, rangeNotes } from '../../../../cli/command/name-ranges.ts'
import { selectNodes } from '../../../../cli/command/select-nodes.ts'

const named = (names: readonly string[]) => names.map(name => ({ name }))

test.each([
  ['foobar', ['foobar']],
  ['foobar1,foobar2,foobar3', ['foobar1', 'foobar2', 'foobar3']],
  ['foobar1-3', ['foobar1', 'foobar2', 'foobar3']],
  ['foobar1-3,foobar5', ['foobar1', 'foobar2', 'foobar3', 'foobar5']],
  ['yourVHACScloud01-4', ['yourVHACScloud01', 'yourVHACScloud02', 'yourVHACScloud03', 'yourVHACScloud04']],
  ['c08-11', ['c08', 'c09', 'c10', 'c11']],
  ['c9-10', ['c9', 'c10']],
  ['c3-3', ['c3']],
  ['c2,c1-3', ['c2', 'c1', 'c3']],
  ['rack1-node2-3', ['rack1-node2', 'rack1-node3']],
  ['rack1-2-2', ['rack1-2']],
  ['rack01-02-02', ['rack01-02']],
  ['ip-10-0-0-1-3', ['ip-10-0-0-1', 'ip-10-0-0-2', 'ip-10-0-0-3']],
  ['west-1', ['west-1']],
  ['node1-a', ['node1-a']],
])('%s expands to %j', (text, names) => {
  expect(expandRanges(text)).toEqual(names)
})

describe('refused is', () => {
  test.each([
    ['', /a name is missing/],
    ['c1,,c2', /a name is missing/],
    ['c1,', /a name is missing/],
    ['c3-1', /"c3-1" goes backwards/],
    ['c1-99999', /expands to more than 1000 names/],
    ['a1-600,b1-600', /expands to more than 1000 names/],
  ])('%j', (text, words) => {
    expect(() => expandRanges(text)).toThrow(words)
    expect(() => expandRanges(text)).toThrow(RangeError)
  })
})

const prefixes = fc.stringMatching(/^[a-z][a-z-]{0,8}$/)

test('a range has as many names as numbers, in order, and is the same as all of them listed', () => {
  fc.assert(
    fc.property(prefixes, fc.nat(2000), fc.nat(200), fc.integer({ min: 0, max: 6 }), (prefix, first, more, digits) => {
      const from = String(first).padStart(digits, '0')
      const names = expandRanges(`${prefix}${from}-${first + more}`)
      expect(names).toHaveLength(more + 1)
      expect(names[0]).toBe(`${prefix}${from}`)
      expect(names.map(name => Number(name.slice(prefix.length)))).toEqual(names.map((_, index) => first + index))
      expect(expandRanges(names.join(','))).toEqual(names)
    }),
  )
})

test('with leading zeros, all names are as long as the first, if their numbers fit', () => {
  fc.assert(
    fc.property(prefixes, fc.integer({ min: 1, max: 98 }), (prefix, last) => {
      const lengths = expandRanges(`${prefix}01-${last + 1}`).map(({ length }) => length)
      expect(new Set(lengths)).toEqual(new Set([prefix.length + 2]))
    }),
  )
})

test('any text results in names or a RangeError', () => {
  fc.assert(
    fc.property(fc.string(), text => {
      try {
        expect(expandRanges(text).every(name => name !== '' && !name.includes(','))).toBe(true)
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError)
      }
    }),
  )
})

describe('where names are known', () => {
  test.each([
    ['rack1-2', ['rack1-2', 'rack3'], ['rack1-2']],
    ['rack1-2', ['rack1', 'rack2'], ['rack1', 'rack2']],
    ['ip-10-0-0-1,ip-10-0-0-2', ['ip-10-0-0-1', 'ip-10-0-0-2'], ['ip-10-0-0-1', 'ip-10-0-0-2']],
    ['rack9-2', ['rack9-2'], ['rack9-2']],
    ['rack1-99999', ['rack1-99999', 'rack'], ['rack1-99999']],
    ['rack1-2-2', ['rack1-2', 'rack1'], ['rack1-2']],
    ['rack01-2', ['rack01-2', 'rack1'], ['rack01-2']],
    ['rack1-2,other', ['rack1-2'], ['rack1-2', 'other']],
  ])('%s with %j is %j', (text, known, names) => {
    expect(expandAmong(text, known)).toEqual(names)
  })

  test.each([
    ['rack1-2', ['rack1-2', 'rack1', 'rack2', 'rack3'], 'write rack1-2-2 for the one name, or list rack1, rack2'],
    ['rack01-10', ['rack01-10', 'rack02'], 'write rack01-10-10 for the one name, or list rack02'],
  ])('%s with %j has two readings, and is refused', (text, known, words) => {
    expect(() => selectNodes(text, named(known))).toThrow(words)
    expect(() => selectNodes(text, named(known))).toThrow(RangeError)
  })

  test('every name can be written so that it is not a range', () => {
    const name = fc.stringMatching(/^[a-z]{0,3}\d{0,4}-\d{1,4}$/)
    fc.assert(
      fc.property(name, fc.array(name), (wanted, others) => {
        const last = /\d+$/.exec(wanted)?.[0]
        expect(
          expandAmong(
            `${wanted}-${last}`,
            [wanted, ...others].filter(known => known !== `${wanted}-${last}`),
          ),
        ).toEqual([wanted])
      }),
    )
  })
})

test('how a range was read is printed, and how to write its name', () => {
  expect(rangeNotes('a,ip-10-0-0-1')).toEqual([
    'ip-10-0-0-1 was read as ip-10-0-0, ip-10-0-1; write ip-10-0-0-1-1 for the one name',
  ])
  expect(rangeNotes('a,west-1')).toEqual([])
})

test('ALL means all known names', () => {
  expect(selectNodes('ALL', named(['b', 'a']))).toEqual(['b', 'a'])
})

test('an unknown name is refused, with the known ones', () => {
  expect(() => selectNodes('c1-3', named(['c1', 'c2']))).toThrow('c3 is not a node of this cluster (nodes: c1, c2)')
  expect(() => selectNodes('all', [])).toThrow('all is not a node of this cluster (nodes: none)')
})
