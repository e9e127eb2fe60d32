import { expect, test } from 'vitest'
import { parseProcessStat } from '../../../../system/proc/process-stat.ts'

const REST = '1 4321 4321 0 -1 4194560 1 0 0 0 1 1 0 0 20 0 7 0 98765 1000 200\n'
const found = { pid: 4321, state: 'S', parent: 1, group: 4321, startTime: '98765', threads: 7 }

test.each([
  ['a plain name', 'vhacs'],
  ['a name with parentheses and blanks', 'a) R 2 (b) c'],
  ['a name with a newline', 'two\nlines'],
  ['an empty name', ''],
])('the fields after %s are read', (_, name) => {
  expect(parseProcessStat(`4321 (${name}) S ${REST}`)).toEqual({ ...found, name })
})

test.each([
  ['an empty text', ''],
  ['a text that ends before the start time', '4321 (vhacs) S 1 4321 4321\n'],
  ['another text', 'cat: /proc/77/stat: No such file or directory\n'],
])('%s is not a process', (_, text) => {
  expect(parseProcessStat(text)).toBeUndefined()
})
