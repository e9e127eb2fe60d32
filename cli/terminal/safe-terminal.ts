import { inOneLine, printable, printableLine } from './printable.ts'
import type { Screen, Terminal } from './terminal.ts'

/** A terminal that shows the control characters of what is printed, a newline in a line too, and obeys only our own colours. */
export function safeTerminal(terminal: Terminal): Terminal {
  const { ask, openScreen, progress } = terminal
  return {
    ...terminal,
    print: line => terminal.print(printableLine(line)),
    printError: line => terminal.printError(printableLine(line)),
    ...(ask && { ask: question => ask(printableLine(question)) }),
    ...(openScreen && { openScreen: () => safeScreen(openScreen()) }),
    ...(progress && {
      progress: (jobs, atOnce) =>
        progress(
          jobs.map(job => ({
            ...job,
            name: inOneLine(job.name),
            run: print => job.run(line => print(inOneLine(line))),
          })),
          atOnce,
        ),
    }),
  }
}

function safeScreen(screen: Screen): Screen {
  const { show } = screen
  // not a copy: the size of a screen changes
  return Object.assign(screen, { show: (text: string) => show(printable(text)) })
}
