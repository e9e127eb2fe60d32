import { basename } from 'node:path'
import { agents } from './agents/all.ts'
import { type HandlerName, handlerNames } from './handlers/names.ts'
import type { Agent } from './ocf/agent.ts'
import { exit } from './ocf/exit.ts'
import { runAgent } from './ocf/runtime/run.ts'
import { isSupervised, type SupervisedChild } from './ocf/runtime/supervision.ts'
import { ignoreBrokenPipe } from './system/host/broken-pipe.ts'
import { hostSystem } from './system/host/host.ts'
import { writeOut } from './system/host/output.ts'
import { isOrphan, processStartMilliseconds, supervisingParent } from './system/host/parent-process.ts'
import { readStream } from './system/host/read-file.ts'
import type { System } from './system/system.ts'
import { visibleText } from './system/visible-text.ts'

const COMMAND = 'vhacs'

/*
 * One executable with many names: the name by which it is called selects the program. argv0 is that name; execPath is not, because
 * links are resolved in it.
 */
async function main(): Promise<void> {
  // whatever the caller's mask is: what this makes, and its tools make, is written by its owner alone
  process.umask(process.umask(0o077) | 0o022)
  const name = basename(process.argv0)
  const agent = agents.find(candidate => candidate.name === name)
  if (agent !== undefined) return runAsAgent(agent)
  if (name === COMMAND) return runAsCommand()
  const handler = handlerNames.find(candidate => candidate === name)
  if (handler !== undefined) return runAsHandler(handler)
  const names = [...agents.map(known => known.name), ...handlerNames].join(', ')
  const called = visibleText(JSON.stringify(name))
  writeOut(2, `ocf-exit-reason:${called} is not a program of VHACS: call it as vhacs or ${names}\n`)
  // from a fence-peer handler, DRBD would take 5 to mean that the peer is down
  process.exitCode = process.env.DRBD_RESOURCE === undefined ? exit.notInstalled : exit.genericError
}

async function runAsAgent(agent: Agent): Promise<void> {
  // an agent would block itself in a directory that it unmounts
  process.chdir('/')
  // ocf-tester sets this to simulate that every tool is missing
  const withoutTools = process.env.OCF_TESTER_FAIL_HAVE_BINARY === '1'
  if (isOrphan(process.env)) {
    writeOut(2, 'ocf-exit-reason:the agent that started this process for an action has ended\n')
    process.exitCode = exit.genericError
    return
  }
  const parent = supervisingParent(process.env)
  parent?.onGone(() => process.exit(exit.genericError))
  const system = hostSystem({ withoutTools })
  const action = process.argv[2]
  const outcome = await runAgent(agent, {
    action,
    environment: process.env,
    begun: parent?.begun ?? processStartMilliseconds(),
    system,
    writeOutput: text => writeOut(1, text),
    // a reader that does not read must not keep a supervised action from its deadline
    writeError: isSupervised(agent, action, process.env) ? writeError : text => writeOut(2, text),
    ...(parent ? { onStep: step => parent.report({ step }) } : { startChild: () => startAgain(agent, system) }),
  })
  process.exitCode = outcome.code
  parent?.report({ exit: outcome.code })
  // a hang in the kernel would keep this process running, and Pacemaker would wait for it
  if (outcome.abandoned) process.exit()
}

async function runAsHandler(name: HandlerName): Promise<void> {
  process.chdir('/')
  // the reader of the output may be gone, which must not prevent the answer to DRBD
  ignoreBrokenPipe(process.stderr, () => undefined)
  const { runHandler } = await import('./handlers/run.ts')
  process.exitCode = await runHandler(name, { system: hostSystem(), environment: process.env, writeError })
}

async function startAgain(agent: Agent, system: System): Promise<SupervisedChild> {
  const { startChild } = await import('./system/host/child-process.ts')
  return startChild(agent.name, process.argv.slice(2), { environment: process.env, writeError, system })
}

async function runAsCommand(): Promise<void> {
  const [{ vhacs }, { cibEnvironment }, { ask }, { showProgress }, { openScreen }] = await Promise.all([
    import('./cli/vhacs.ts'),
    import('./cli/command/cib-environment.ts'),
    import('./cli/terminal/ask.ts'),
    import('./cli/terminal/progress.ts'),
    import('./cli/terminal/screen.ts'),
  ])
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
    readInput: maxBytes => readStream(process.stdin, { maxBytes, signal }),
    ...(process.stdin.isTTY &&
      process.stdout.isTTY && {
        ask: question => ask(question, process.stdin, process.stdout, signal),
        openScreen: () => openScreen(process.stdin, process.stdout),
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

function writeError(text: string): void {
  write(process.stderr, text)
}

function write(stream: NodeJS.WriteStream, text: string): void {
  if (stream.listenerCount('error') === 0)
    ignoreBrokenPipe(stream, error => {
      throw error
    })
  stream.write(text)
}

main().catch((error: unknown) => {
  const words = visibleText(error instanceof Error ? error.message : String(error))
  writeOut(2, `${basename(process.argv0) === COMMAND ? 'vhacs: ' : 'ocf-exit-reason:'}${words}\n`)
  process.exitCode = exit.genericError
})
