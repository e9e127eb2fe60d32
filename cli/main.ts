import { addAbortSignal } from 'node:stream'
import { exit } from '../ocf/exit.ts'
import { ignoreBrokenPipe, write, writeError } from '../system/host/broken-pipe.ts'
import { hostSystem } from '../system/host/host.ts'
import { byteOutput } from '../system/host/network/byte-output.ts'
import { connection } from '../system/host/network/connection.ts'
import { readStream } from '../system/host/read-file.ts'
import { visibleText } from '../system/visible-text.ts'
import { cibEnvironment } from './command/cib-environment.ts'
import { ask } from './terminal/ask.ts'
import { showProgress } from './terminal/progress.ts'
import { openScreen } from './terminal/screen.ts'
import { vhacs } from './vhacs.ts'

/** Runs the command with the arguments, environment and streams of this process, and sets its exit status. */
export async function runAsCommand(): Promise<void> {
  ignoreBrokenPipe(process.stdout, error => {
    if (process.exitCode !== exit.genericError)
      writeError(`vhacs: the output is incomplete: ${visibleText(error.message)}\n`)
    process.exitCode = exit.genericError
  })
  ignoreBrokenPipe(process.stderr, () => undefined)
  if (process.stdin.isTTY) ignoreBrokenPipe(process.stdin, () => undefined)
  // tools do not receive the terminal's Ctrl-C: the current step finishes and is undone before the command ends
  const system = hostSystem({ toolsInOwnGroup: true })
  const signal = interruption()
  const status = await vhacs(process.argv.slice(2), system, {
    print: line => write(process.stdout, `${line}\n`),
    printError: line => writeError(`${line}\n`),
    // https://no-color.org: set, and not empty
    hasColour: process.stdout.isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb',
    interruption: signal,
    ...cibEnvironment(process.env, { isRoot: process.geteuid?.() === 0 }),
    openConnection: () => connection(process.stdin, process.stdout),
    readInput: maxBytes => readStream(process.stdin, { maxBytes, signal }),
    ...(!process.stdin.isTTY && { inputBytes: () => addAbortSignal(signal, process.stdin) }),
    ...(!process.stdout.isTTY && { openOutput: () => byteOutput(signal) }),
    ...(process.stdin.isTTY &&
      process.stdout.isTTY && {
        ask: question => ask(question, process.stdin, process.stdout, signal),
        openScreen: () => openScreen(process.stdin, process.stdout),
        terminalType: process.env.TERM ?? 'dumb',
      }),
    ...(process.stdout.isTTY && { progress: showProgress }),
  })
  process.exitCode ||= status
}

/** Aborted by the first signal by which an operator or a lost connection interrupts a command. */
function interruption(): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => controller.abort(new Error(`interrupted (${signal})`)))
  return controller.signal
}
