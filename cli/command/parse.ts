import { Command, Option as CommanderOption, InvalidArgumentError } from 'commander'
import { type Call, flagText, type Noun, type Option, type Options, optionsOf, type Verb } from './verb.ts'

/** The verb of a command line, with its arguments. */
export type Parsed = Pick<Call, 'value' | 'operand' | 'options'> & { readonly verb: Verb }

/** The parser of one noun, made from the table; `act` gets the result. */
export function commandOf(noun: Noun, act: (parsed: Parsed) => Promise<void>): Command {
  const command = new Command(noun.name).helpOption(false).helpCommand(false)
  for (const option of commanderOptions(noun)) command.addOption(option)
  if (noun.verbs.some(({ operand }) => operand)) command.argument('[ARGUMENT]')
  return command.action((...args: unknown[]) => {
    const [operand] = args
    return act(parsedCall(noun, command, typeof operand === 'string' ? operand : undefined))
  })
}

/** Each flag once, because verbs share some. */
function commanderOptions({ verbs }: Noun): CommanderOption[] {
  const flags = verbs.flatMap(({ flag, value }) => (flag ? [{ ...flag, value: value && bracketed(value) }] : []))
  const options = verbs.flatMap(optionsOf).map(option => ({ ...option, value: option.value && `<${option.value}>` }))
  const byName = new Map([...options, ...flags].map(flag => [flag.long, flag]))
  return [...byName.values()].map(({ letter, long, value }) => {
    const words = `${letter === undefined ? '' : `-${letter}, `}--${long}${value === undefined ? '' : ` ${value}`}`
    const option = new CommanderOption(words)
    return value === undefined ? option : option.argParser(onlyOnce)
  })
}

function bracketed({ name, isOptional }: { readonly name: string; readonly isOptional?: true }): string {
  return isOptional ? `[${name}]` : `<${name}>`
}

/** Refuses a repeated option: otherwise the last value would silently replace the others. */
function onlyOnce(value: string, before: unknown): string {
  if (before !== undefined) throw new InvalidArgumentError('It is given more than once.')
  return value
}

function parsedCall(noun: Noun, command: Command, operand: string | undefined): Parsed {
  const given = givenOptions(command)
  const verb = chosenVerb(noun, given)
  const value = verb.flag ? given[verb.flag.long] : true
  refuseEmptyWords(noun, { verb, options: given, operand })
  const { [verb.flag?.long ?? '']: _, ...options } = given
  refuseMisuse(noun, { verb, options, operand })
  return { verb, value: value === true || value === undefined ? '' : value, operand, options }
}

/** The given options, by their long names. */
function givenOptions(command: Command): Options {
  const values = command.opts<Record<string, string | true | undefined>>()
  const pairs = command.options.map(option => [option.long?.slice(2) ?? '', values[option.attributeName()]] as const)
  return Object.fromEntries(pairs.filter(([, value]) => value !== undefined))
}

function chosenVerb({ name, verbs }: Noun, given: Options): Verb {
  const found = verbs.filter(({ flag }) => flag && given[flag.long] !== undefined)
  const [verb = verbs.find(({ flag }) => flag === undefined)] = found
  const flags = (found.length > 1 ? found : verbs).flatMap(({ flag }) => (flag ? [flagText(flag)] : []))
  if (!verb || found.length > 1) throw new RangeError(`${name}: expected one of ${flags.join(', ')}`)
  return verb
}

/**
 * An unset variable of a script becomes an empty word, and an absent value may have a meaning of its own: --init without NODES
 * forms a cluster of this node alone.
 */
function refuseEmptyWords({ name }: Noun, { verb, options: given, operand }: Omit<Parsed, 'value'>): void {
  const empty = Object.keys(given).find(long => given[long] === '')
  const taker = empty === undefined ? `vhacs ${name}` : `--${empty}`
  if (empty !== undefined || (operand === '' && verb.operand))
    throw new RangeError(`an argument of ${taker} is an empty word: give it a value, or leave it out`)
}

function refuseMisuse(noun: Noun, { verb, options: given, operand }: Omit<Parsed, 'value'>): void {
  const known = optionsOf(verb)
  const name = verb.flag ? `--${verb.flag.long}` : `vhacs ${noun.name}`
  const unknown = Object.keys(given).find(long => known.every(option => option.long !== long))
  if (unknown !== undefined) throw new RangeError(`--${unknown} is not an option of ${name}`)
  const missing = known.find((option: Option) => option.isRequired && given[option.long] === undefined)
  if (missing) throw new RangeError(`${name} needs --${missing.long} ${missing.value}`)
  if (operand !== undefined && !verb.operand) throw new RangeError(`"${operand}" is one argument too many`)
  if (operand === undefined && verb.operand && !verb.operand.isOptional)
    throw new RangeError(`${name} also needs ${verb.operand.name}`)
}
