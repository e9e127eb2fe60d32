import { describe, expect, test } from 'vitest'
import { parseDescription } from '../../../build/figures/description.ts'
import { grid } from '../../../build/figures/grid.ts'
import { sequence } from '../../../build/figures/sequence.ts'
import { wrapped } from '../../../build/figures/svg.ts'
import { parseXml } from '../../../cloud/xml.ts'

/* The pictures of the documentation, drawn from text. "make check" checks that the files are current. */

const described = (...lines: readonly string[]) =>
  parseDescription(['# a comment', 'title One & two', 'description Two <boxes>.', '', ...lines].join('\n'))

const TABLE = ['left / a node | right', 'upper =link= (idle)', 'lower / some text / small |']
const STEPS = [
  'lane a: left',
  'lane b: right',
  'a dies: stops',
  'b waits: first',
  'b > a: asks',
  'b goes on: last',
  'a returns: x',
]

test.each([
  ['a table', grid(described(...TABLE))],
  ['a sequence', sequence(described(...STEPS))],
])('%s is well-formed, has title and description, and colours for both schemes', (_, svg) => {
  expect(parseXml(svg)).toMatchObject({
    name: 'svg',
    attributes: { role: 'img', 'aria-labelledby': 'title description' },
  })
  expect(svg).toContain('<title id="title">One &amp; two</title>')
  expect(svg).toContain('<desc id="description">Two &lt;boxes&gt;.</desc>')
  expect(svg).toContain('@media (prefers-color-scheme:dark)')
  // colours outside of the style would be the same in both
  expect(svg).not.toMatch(/<[^>]* (fill|stroke)=/)
})

test('a description without a title is refused', () => {
  expect(() => parseDescription('description x')).toThrow('a line that begins with "title " is missing')
})

describe('a table', () => {
  const svg = grid(described(...TABLE))

  test('has a box for each cell with text, dashed for what is not active', () => {
    expect(svg.match(/class="box"/g)).toHaveLength(2)
    expect(svg.match(/class="idle"/g)).toHaveLength(1)
    for (const text of ['upper', 'idle', 'lower', 'some text', 'small', 'a node'])
      expect(svg).toContain(`>${text}</text>`)
  })

  test('connects what is connected', () => {
    expect(svg.match(/class="link"/g)).toHaveLength(1)
    expect(svg).toContain('>link</text>')
  })

  test('whose rows differ in length is refused', () => {
    expect(() => grid(described('one | two', 'alone'))).toThrow('row 1 has another number of cells')
  })
})

describe('a sequence', () => {
  const svg = sequence(described(...STEPS))

  test('has a box for each event of one lane, an arrow for each between two, and a bar while a lane waits', () => {
    expect(svg.match(/class="box"/g)).toHaveLength(4)
    expect(svg.match(/class="head"/g)).toHaveLength(1)
    expect(svg.match(/class="wait"/g)).toHaveLength(1)
    expect(svg.match(/class="dead"/g)).toHaveLength(1)
  })

  test.each([
    ['c: x', 'there is no lane "c"'],
    ['a > c: x', 'there is no lane "c"'],
    ['a sleeps: x', '"sleeps" has no meaning'],
    ['a waits: x', 'a lane that waits must go on'],
  ])('with the line "%s" is refused', (line, message) => {
    expect(() => sequence(described('lane a: x', line))).toThrow(message)
  })
})

test('text is wrapped between words', () => {
  expect(wrapped('one two three four', 80)).toEqual(['one two', 'three four'])
  expect(wrapped('averyveryverylongword', 20)).toEqual(['averyveryverylongword'])
})
