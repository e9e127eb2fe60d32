import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { coloured, inOneLine, printable } from '../../../../cli/terminal/printable.ts'
import { safeTerminal } from '../../../../cli/terminal/safe-terminal.ts'
import { painter, table } from '../../../../cli/terminal/table.ts'
import { printLines, type Screen, type Terminal } from '../../../../cli/terminal/terminal.ts'

/* Control characters from a node, the CIB or a tool are shown; only those that this program itself draws take effect. */

const HOSTILE = '\u001b]52;c;cm0gLXJmIC8K\u0007\u001b[31m\u009b2J\u007f\r\b'
const SHOWN = '\\u001b]52;c;cm0gLXJmIC8K\\u0007\\u001b[31m\\u009b2J\\u007f\\r\\u0008'

/** A terminal that records its input. */
function recorded() {
  const shown: string[] = []
  const keep = (line: string) => shown.push(line)
  const screen: Screen = { rows: 24, columns: 80, show: keep, onKey: () => {}, onResize: () => {}, close: () => {} }
  const terminal: Terminal = {
    print: keep,
    printError: keep,
    hasColour: true,
    ask: async question => {
      keep(question)
      return 'yes'
    },
    openScreen: () => screen,
    progress: async jobs => {
      for (const { name, run } of jobs) await run(line => keep(`${name}: ${line}`))
    },
    readInput: async () => '',
    interruption: new AbortController().signal,
  }
  return { shown, terminal: safeTerminal(terminal) }
}

test('no printed text reaches the terminal as a command, whichever way it is printed', async () => {
  const { shown, terminal } = recorded()
  terminal.print(HOSTILE)
  terminal.printError(HOSTILE)
  await terminal.ask?.(HOSTILE)
  terminal.openScreen?.().show(HOSTILE)
  await terminal.progress?.([{ name: HOSTILE, outcome: '', run: async print => print(`${HOSTILE}\n`) }], 1)
  expect(shown).toEqual([SHOWN, SHOWN, SHOWN, SHOWN, `${SHOWN}: ${SHOWN}\\n`])
})

test('a line has no line of another in it: only a screen and what this program composes have several', async () => {
  const { shown, terminal } = recorded()
  terminal.print('node1 is unreachable\nvhacs: all is well')
  terminal.printError('a\nb')
  await terminal.ask?.('destroy c0\nc1?')
  terminal.openScreen?.().show('a\nb')
  printLines(terminal.print, 'a\nb')
  expect(shown).toEqual(['node1 is unreachable\\nvhacs: all is well', 'a\\nb', 'destroy c0\\nc1?', 'a\nb', 'a', 'b'])
})

test('our own colours are obeyed, around a text that is not', () => {
  expect(printable(coloured(31, HOSTILE))).toBe(`\u001b[31m${SHOWN}\u001b[39m`)
  const { terminal } = recorded()
  const cells = printable(table(['NODE'], [[painter(terminal)('bad', `node1${HOSTILE}\nnode2`)]]))
  expect(cells).toContain(`\u001b[31mnode1${SHOWN}\\nnode2\u001b[39m`)
  expect(cells.split('\n')).toHaveLength(5)
})

describe('what looks like other text than it is, is shown:', () => {
  test.each([
    ['a direction of writing', 'node1 \u202eenilnO', 'node1 \\u202eenilnO'],
    ['the end of one', '\u2066a\u2069\u200f\u061c', '\\u2066a\\u2069\\u200f\\u061c'],
    ['a separator of lines', 'a\u2028b\u2029c\u0085d', 'a\\u2028b\\u2029c\\u0085d'],
    ['what has no width', 'c\u200b0\ufeff\u00ad\u2060\u3164', 'c\\u200b0\\ufeff\\u00ad\\u2060\\u3164'],
    ['a tag', 'a\u{e0041}', 'a\\udb40\\udc41'],
    ['a byte that is no text', 'caf\udce9', 'caf\\udce9'],
  ])('%s', (_, text, shown) => {
    expect(printable(text)).toBe(shown)
    expect(inOneLine(text)).toBe(shown)
    expect(JSON.parse(printable(JSON.stringify({ text })))).toEqual({ text })
  })

  test('letters of any script are not escaped', () => {
    const text = 'Кластер 集群 مجموعة é e\u0301 😀'
    expect(printable(text)).toBe(text)
  })
})

test('a colour that looks like ours does not become one', () => {
  expect(printable('\u001b[1234;5678;31m')).toBe('\\u001b[1234;5678;31m')
  expect(inOneLine('\u001b[31m')).toBe('\\u001b[31m')
})

test('of any text only line breaks, tabs and our colours remain', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), texts => {
      const shown = printable(texts.map((text, index) => (index % 2 ? coloured(31, text) : text)).join(''))
      const rest = shown.replaceAll('\u001b[31m', '').replaceAll('\u001b[39m', '')
      expect(rest).toMatch(/^[\n\t\u0020-\u007e\u00a0-\uffff]*$/)
    }),
  )
})
