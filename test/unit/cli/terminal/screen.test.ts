import { PassThrough } from 'node:stream'
import type { ReadStream, WriteStream } from 'node:tty'
import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { openScreen } from '../../../../cli/terminal/screen.ts'

/** Two halves of a terminal; what was written, and whether keys come one by one. */
function terminal() {
  const modes: boolean[] = []
  const input = Object.assign(new PassThrough(), { setRawMode: (isRaw: boolean) => modes.push(isRaw) })
  const output = Object.assign(new PassThrough(), { isTTY: true, rows: 24, columns: 80 })
  const written: string[] = []
  output.on('data', chunk => written.push(String(chunk)))
  const screen = openScreen(input as unknown as ReadStream, output as unknown as WriteStream)
  return { screen, input, output, modes, written: () => stripVTControlCharacters(written.join('')) }
}

test('each key is reported at once, until the terminal is restored', async () => {
  const { screen, input, output, modes } = terminal()
  const keys: string[] = []
  screen.onKey(key => keys.push(key))
  input.write('s')
  await new Promise(setImmediate)
  screen.close()
  input.write('q')
  output.emit('resize')
  await new Promise(setImmediate)
  expect(keys).toEqual(['s'])
  expect(modes).toEqual([true, false])
  expect(input.isPaused()).toBe(true)
})

test('keys that arrive together are separate; an arrow or a lone Escape is one key', async () => {
  const { screen, input } = terminal()
  const keys: string[] = []
  screen.onKey(key => keys.push(key))
  input.write('fab\r\u001b[A\u001bOB\u001b')
  await new Promise(setImmediate)
  screen.close()
  expect(keys).toEqual(['f', 'a', 'b', '\r', '\u001b[A', '\u001bOB', '\u001b'])
})

test('it has the size of the window, and reports changes', () => {
  const { screen, output } = terminal()
  let told = 0
  screen.onResize(() => {
    told += 1
  })
  Object.assign(output, { rows: 10, columns: 40 })
  output.emit('resize')
  expect([screen.rows, screen.columns, told]).toEqual([10, 40, 1])
  screen.close()
})

test('shown text is written', () => {
  const { screen, written } = terminal()
  screen.show('one\ntwo')
  screen.close()
  expect(written()).toContain('one\ntwo')
})
