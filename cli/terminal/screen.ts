import type { ReadStream, WriteStream } from 'node:tty'
import { createLogUpdate } from 'log-update'
import type { Screen } from './terminal.ts'

const ESCAPE = '\u001b'

/** Keys pressed in quick succession, or pasted, arrive as one text; a key such as an arrow sends several characters. */
function keysIn(text: string): string[] {
  const [letters = '', ...sequences] = text.split(ESCAPE)
  const keys = sequences.flatMap(rest => {
    const [sequence = ''] = /^(?:\[[\d;]*[A-Za-z~]|O[A-Za-z])?/.exec(rest) ?? []
    return [ESCAPE + sequence, ...rest.slice(sequence.length)]
  })
  return [...letters, ...keys]
}

/** The terminal as a screen that is redrawn in place, and that reports each key at once. */
export function openScreen(input: ReadStream, output: WriteStream): Screen {
  const update = createLogUpdate(output)
  const removals: (() => void)[] = []
  input.setRawMode(true)
  input.setEncoding('utf8')
  input.resume()
  return {
    get rows() {
      return output.rows
    },
    get columns() {
      return output.columns
    },
    show: text => update(text),
    onKey: handle => {
      const handleAll = (text: string) => keysIn(text).forEach(handle)
      input.on('data', handleAll)
      removals.push(() => input.off('data', handleAll))
    },
    onResize: handle => {
      output.on('resize', handle)
      removals.push(() => output.off('resize', handle))
    },
    close: () => {
      for (const remove of removals) remove()
      input.setRawMode(false)
      input.pause()
      update.done()
    },
  }
}
