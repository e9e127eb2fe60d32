import type { ReadStream, WriteStream } from 'node:tty'
import { createLogUpdate } from 'log-update'
import type { Screen } from '../terminal.ts'

/** The terminal as a screen that is drawn anew in place, and that hands on each key at once. */
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
      input.on('data', handle)
      removals.push(() => input.off('data', handle))
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
