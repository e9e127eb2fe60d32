import { Command, CommanderError } from 'commander'
import { withCibFile } from '../system/pacemaker/cib/file.ts'
import type { System } from '../system/system.ts'
import { helpOnNoun, helpOnVerb, overview, usage } from './command/help.ts'
import { commandOf, type Parsed } from './command/parse.ts'
import { ProgramStatus } from './command/program-status.ts'
import { type Noun, textOf, type Verb } from './command/verb.ts'
import { nouns } from './nouns.ts'
import { dryRun } from './run/dry-run.ts'
import { interruptible } from './run/interruptible.ts'
import { messageOf } from './run/steps.ts'
import { verbose } from './run/verbose.ts'
import { requireCib } from './terminal/read-input.ts'
import { safeTerminal } from './terminal/safe-terminal.ts'
import { printLines, type Terminal } from './terminal/terminal.ts'

/** Exit statuses: success, a failure, a wrong command line or a request that cannot be met. */
const status = { success: 0, failed: 1, usage: 2 } as const

/** Runs the vhacs command; returns its exit status. */
export async function vhacs(args: readonly string[], system: System, unsafe: Terminal): Promise<number> {
  const terminal = safeTerminal(unsafe)
  const noun = nouns.find(({ name }) => name === args[0])
  const help = requestedHelp(noun, args)
  if (help !== undefined) {
    printLines(terminal.print, help)
    return status.success
  }
  if (args.length === 0 || (noun && noun.verbs.length > 1 && args.length === 1)) {
    printLines(terminal.printError, noun ? usage(noun) : overview(nouns))
    return status.usage
  }
  try {
    await parser(system, terminal).parseAsync(inOrder(args), { from: 'user' })
    return status.success
  } catch (error) {
    return statusOf(error, terminal)
  }
}

/** The exit status for what has ended a call, after a line that says why. */
function statusOf(error: unknown, { printError }: Terminal): number {
  if (error instanceof ProgramStatus) return error.status
  if (error instanceof CommanderError) return error.exitCode === 0 ? status.success : status.usage
  printError(`vhacs: ${messageOf(error)}`)
  return error instanceof RangeError ? status.usage : status.failed
}

/**
 * The help that a command line requests, whatever else it contains. This comes before parsing, because a parser would read the
 * --help in `--create --help` as the name of a storage.
 */
function requestedHelp(noun: Noun | undefined, args: readonly string[]): string | undefined {
  const [first, ...others] = inOrder(args)
  if (!noun && first !== args[0])
    return requestedHelp(
      nouns.find(({ name }) => name === first),
      [first ?? '', ...others],
    )
  if (!args.some(word => word === '-h' || word === '--help')) return undefined
  if (!noun) return overview(nouns)
  const verb = noun.verbs.find(
    ({ flag }) => flag && (args.includes(`-${flag.letter}`) || args.includes(`--${flag.long}`)),
  )
  return verb ? helpOnVerb(noun, verb) : helpOnNoun(noun)
}

/** Moves the noun to the front: `-V LEVEL` may precede it, and `help NOUN` requests its help. */
function inOrder(words: readonly string[]): readonly string[] {
  const [first = '', second, ...rest] = words
  if (first === 'help') return [...words.slice(1), '--help']
  const joined = /^(-V|--verbosity=)(.+)$/.test(first)
  if (joined && second !== undefined) return [second, first, ...rest]
  const [noun, ...others] = rest
  const isSeparate = first === '-V' || first === '--verbosity'
  return isSeparate && second !== undefined && noun !== undefined ? [noun, first, second, ...others] : words
}

function parser(system: System, terminal: Terminal): Command {
  const program = new Command('vhacs').helpOption(false).helpCommand(false)
  program.version(VHACS_VERSION, '--version')
  for (const noun of nouns) program.addCommand(commandOf(noun, parsed => run(noun, parsed, system, terminal)))
  for (const command of [program, ...program.commands]) {
    const help = command === program ? 'vhacs help' : `vhacs ${command.name()} --help`
    command.exitOverride().configureOutput({
      writeOut: text => printLines(terminal.print, text.trimEnd()),
      writeErr: text => printLines(terminal.printError, text.trimEnd()),
      outputError: (text, write) => {
        const problem = text
          .trim()
          .replace(/^error: /, '')
          .replaceAll('\n', ' ')
          .replace(/\.$/, '')
          .replace(/ argument missing$/, ' needs an argument')
        write(`vhacs: ${problem}; see "${help}"`)
      },
    })
  }
  return program
}

async function run(noun: Noun, { verb, ...request }: Parsed, system: System, terminal: Terminal): Promise<void> {
  refuseOtherCib(noun, verb, terminal)
  await requireCibFile(system, request.options, terminal)
  const level = textOf(request.options, 'verbosity')
  const isDryRun = request.options['dry-run'] === true
  const isReading = isDryRun || verb.effect === 'shows' || verb.effect === 'prints'
  const targeted = terminal.cibFile === undefined ? system : withCibFile(system, terminal.cibFile)
  const readable = isReading ? interruptible(targeted, terminal.interruption) : targeted
  const reported = level === undefined ? readable : verbose(readable, level, terminal.printError)
  await verb.run({ system: isDryRun ? dryRun(reported, terminal.print) : reported, terminal, isDryRun, ...request })
  // after an interruption the output may be incomplete
  if (isReading) terminal.interruption.throwIfAborted()
}

/** What Pacemaker's tools say of a file that is missing reads as if the cluster were. An option may name another one. */
async function requireCibFile(system: System, { file }: Parsed['options'], terminal: Terminal): Promise<void> {
  const { cibFile, cibSetting } = terminal
  if (cibFile === undefined || file !== undefined) return
  try {
    await requireCib({ system, terminal }, cibFile)
  } catch (error) {
    if (error instanceof RangeError)
      throw new RangeError(`${cibSetting} is set, but ${error.message}`, { cause: error })
    throw error
  }
}

/** A verb that acts on the cluster would do so silently, while the operator believes that it acts on a copy. */
function refuseOtherCib({ name }: Noun, { flag, usesCibFile }: Verb, { cibFile, cibSetting }: Terminal): void {
  if (cibSetting === undefined || (usesCibFile && cibFile !== undefined)) return
  const variable = cibSetting.slice(0, cibSetting.indexOf('='))
  const verb = [name, flag && `--${flag.long}`].filter(Boolean).join(' ')
  throw new RangeError(`${cibSetting} is set, but ${verb} uses the cluster of this node: unset ${variable} first`)
}
