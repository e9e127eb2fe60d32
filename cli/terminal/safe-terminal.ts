import { inOneLine, printable } from './printable.ts'
import type { Screen, Terminal } from './terminal.ts'

/** A terminal that shows control characters as escapes, and obeys only our own colours. */
export function safeTerminal(terminal: Terminal): Terminal {
  const { ask, openScreen, progress } = terminal
  return {
    ...terminal,
    print: line => terminal.print(printable(line)),
    printError: line => terminal.printError(printable(line)),
    ...(ask && { ask: question => ask(printable(question)) }),
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
