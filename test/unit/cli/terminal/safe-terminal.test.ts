import fc from 'fast-check'
import { expect, test } from 'vitest'
import { coloured, inOneLine, printable } from '../../../../cli/terminal/printable.ts'
import { safeTerminal } from '../../../../cli/terminal/safe-terminal.ts'
import { painter, table } from '../../../../cli/terminal/table.ts'
import type { Screen, Terminal } from '../../../../cli/terminal/terminal.ts'

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

test('our own colours take effect around a text whose control characters do not', () => {
  expect(printable(coloured(31, HOSTILE))).toBe(`\u001b[31m${SHOWN}\u001b[39m`)
  const { terminal } = recorded()
  const cells = printable(table(['NODE'], [[painter(terminal)('bad', `node1${HOSTILE}\nnode2`)]]))
  expect(cells).toContain(`\u001b[31mnode1${SHOWN}\\nnode2\u001b[39m`)
  expect(cells.split('\n')).toHaveLength(5)
})

test('a forged colour does not take effect', () => {
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
