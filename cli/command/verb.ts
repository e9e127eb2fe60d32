import type { System } from '../../system/system.ts'
import type { Terminal } from '../terminal/terminal.ts'

/*
 * The command line as data: the parser, the help, the manual page and the completion are made from one table.
 */

/** A word after `vhacs`, such as storage. */
export interface Noun {
  readonly name: string
  /** One line, without a full stop, like every summary below. */
  readonly summary: string
  /** Explanations of its terms, in complete sentences. */
  readonly about?: string
  /** Each is selected by its flag. The one without a flag is the action of the noun alone. */
  readonly verbs: readonly Verb[]
  /** Explanations of the forms of its arguments. */
  readonly syntaxes: readonly Syntax[]
}

export interface Verb {
  readonly flag?: Flag
  /** The argument right after the flag. */
  readonly value?: Operand
  /** The other argument; the usage shows it before the flag or after it. */
  readonly operand?: Operand & { readonly position: 'before' | 'after' }
  readonly options?: readonly Option[]
  /** A verb that shows state takes --json, one that changes something takes --dry-run; one that prints has its own format. */
  readonly effect: 'shows' | 'watches' | 'prints' | 'changes'
  readonly summary: string
  /** Whether it can work on a CIB in a file, which the environment names, instead of the cluster's. */
  readonly usesCibFile?: true
  /** Further description, in complete sentences. */
  readonly details?: string
  /** A complete command line. */
  readonly example?: string
  readonly run: (call: Call) => Promise<void>
}

export interface Flag {
  readonly letter?: string
  readonly long: string
}

/** An argument; `name` refers to the syntax that explains it, or is self-explanatory. */
export interface Operand {
  readonly name: string
  /** It names objects to be created, so ALL has no meaning. */
  readonly isNew?: true
  readonly isOptional?: true
}

export interface Option extends Flag {
  /** The option's value; a switch takes none. */
  readonly value?: string
  readonly summary: string
  readonly isRequired?: true
}

/** The forms of an argument, each with its meaning. */
export interface Syntax {
  readonly name: string
  readonly forms: readonly (readonly [form: string, meaning: string])[]
}

/** One call of a verb, checked against the table. */
export interface Call {
  readonly system: System
  readonly terminal: Terminal
  /** Whether `system` only prints changes instead of making them. */
  readonly isDryRun: boolean
  /** The argument after the flag; empty when the verb takes none. */
  readonly value: string
  /** The other argument. */
  readonly operand: string | undefined
  readonly options: Options
}

/** Texts by the long names of the options that were given; a switch is `true`. */
export type Options = Readonly<Record<string, string | true | undefined>>

/** The text given with an option; undefined when it was not given. */
export function textOf(options: Options, long: string): string | undefined {
  const value = options[long]
  return value === true ? undefined : value
}

const VERBOSITY: Option = {
  letter: 'V',
  long: 'verbosity',
  value: 'LEVEL',
  summary: 'print more: 1 for each command that is run, 2 also for its input and output',
}
const JSON_OUTPUT: Option = { long: 'json', summary: 'print JSON, as described in docs/json.md' }
const DRY_RUN: Option = {
  long: 'dry-run',
  summary: 'print the changes on each node and in the cluster, and make none',
}
const HELP: Option = { letter: 'h', long: 'help', summary: 'print this help' }

/** The options of a verb, its own first, without the options that all verbs take. */
export function particularOptions({ options = [], effect }: Verb): Option[] {
  const byEffect = { shows: [JSON_OUTPUT], watches: [], prints: [], changes: [DRY_RUN] }
  return [...options, ...byEffect[effect]]
}

/** All options that a verb takes, its own first. */
export function optionsOf(verb: Verb): Option[] {
  return [...particularOptions(verb), VERBOSITY, HELP]
}

/** `-c|--create`, as in a usage. */
export function flagText({ letter, long }: Flag): string {
  return letter === undefined ? `--${long}` : `-${letter}|--${long}`
}
