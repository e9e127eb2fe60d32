import { flagText, type Noun, type Option, optionsOf, particularOptions, type Syntax, type Verb } from './verb.ts'

const WIDTH = 100

/** The output of `vhacs` alone. */
export function overview(nouns: readonly Noun[]): string {
  const names = nouns.map(({ name }) => name)
  return [
    `usage: vhacs ${names.join('|')} [options]`,
    '',
    ...paragraph(STORAGE_WORDS, 0),
    '',
    ...nouns.flatMap(({ name, summary }) => [
      `${name}: ${summary}.`,
      `    Run vhacs ${name} to get specific usage information.`,
    ]),
    '',
    'vhacs help prints this, and vhacs help storage the help on storages. vhacs --version prints the version.',
  ].join('\n')
}

/** The explanation of the synonyms storage and cloud, in the help and the manual. */
export const STORAGE_WORDS =
  'A storage is a logical volume on two nodes, replicated by DRBD. One of the two nodes exports it over iSCSI, and a vhost node ' +
  'mounts it. The file of clouds, and the messages about it, call a storage a cloud.'

/** The output of `vhacs storage` alone. */
export function usage(noun: Noun): string {
  return [
    'usage:',
    ...paragraph(`For full description, try : vhacs ${noun.name} -h|--help`, 4),
    ...paragraph('With all options, use -V LEVEL to increase verbosity', 4),
    ...noun.verbs.map(verb => `    ${synopsis(noun, verb)}`),
    ...syntaxLines(noun),
  ].join('\n')
}

/** The output of `vhacs storage --help`. */
export function helpOnNoun(noun: Noun): string {
  return [
    `usage: vhacs ${noun.name}: ${noun.summary}`,
    ...(noun.about ? paragraph(noun.about, 4) : []),
    ...noun.verbs.flatMap(verb => ['', synopsis(noun, verb), ...bodyOf(verb)]),
    ...syntaxLines(noun),
  ].join('\n')
}

/** The output of `vhacs storage --create --help`. */
export function helpOnVerb(noun: Noun, verb: Verb): string {
  return [`usage: ${synopsis(noun, verb)}`, ...bodyOf(verb), ...syntaxLines(noun, verb)].join('\n')
}

/** The synopsis of a verb: `vhacs storage -c|--create STORAGES -s|--size SIZE [-n|--nodes DRBD_NODES] [--dry-run]`. */
export function synopsis(noun: Noun, verb: Verb): string {
  const { flag, value, operand } = verb
  const other = operand && argumentText(operand)
  const words = [
    `vhacs ${noun.name}`,
    operand?.position === 'before' ? other : undefined,
    flag && flagText(flag),
    value && argumentText(value),
    operand?.position === 'after' ? other : undefined,
    ...particularOptions(verb).map(option => (option.isRequired ? optionText(option) : `[${optionText(option)}]`)),
  ]
  return words.filter(word => word !== undefined).join(' ')
}

/** Whether a verb is implemented. */
export function isImplemented({ run }: Verb): boolean {
  return run !== undefined
}

/** An option with its value: `-s|--size SIZE`. */
export function optionText(option: Option): string {
  return [flagText(option), option.value].filter(word => word !== undefined).join(' ')
}

function argumentText({ name, isOptional }: { readonly name: string; readonly isOptional?: true }): string {
  return isOptional ? `[${name}]` : name
}

function bodyOf(verb: Verb): string[] {
  const missing = isImplemented(verb) ? [] : ['Not implemented yet.']
  const options = optionsOf(verb).map(option => [optionText(option), option.summary] as const)
  return [
    ...paragraph([`${capitalised(verb.summary)}.`, verb.details, ...missing].filter(Boolean).join(' '), 4),
    ...columns(options, 8),
    ...(verb.example ? [`    Example: ${verb.example}`] : []),
  ]
}

/** The syntax of the arguments of one verb, or of all. */
function syntaxLines(noun: Noun, verb?: Verb): string[] {
  const used = verb && [verb.value?.name, verb.operand?.name, ...(verb.options ?? []).map(({ value }) => value)]
  return noun.syntaxes
    .filter(({ name }) => used === undefined || used.some(word => word?.split('|').includes(name)))
    .flatMap(syntax => ['', `syntax for ${syntax.name} argument:`, ...columns(formsFor(syntax, verb), 4)])
}

/** Leaves out ALL for verbs that name objects to be created. */
function formsFor({ name, forms }: Syntax, verb: Verb | undefined): Syntax['forms'] {
  const isNew = verb?.value?.isNew && verb.value.name === name
  return isNew ? forms.filter(([form]) => form !== 'ALL') : forms
}

export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** Two columns; the second is wrapped. */
function columns(rows: readonly (readonly [string, string])[], indent: number): string[] {
  const first = Math.max(0, ...rows.map(([name]) => name.length)) + 2
  return rows.flatMap(([name, text]) => {
    const [head = '', ...rest] = paragraph(text, indent + first)
    return [`${' '.repeat(indent)}${name.padEnd(first)}${head.trimStart()}`, ...rest]
  })
}

/** A text wrapped at words. */
function paragraph(text: string, indent: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= WIDTH) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(`${' '.repeat(indent)}${word}`)
  }
  return lines
}
