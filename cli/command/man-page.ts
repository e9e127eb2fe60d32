import { SETTINGS } from '../../system/nodes/files/vhacs-conf.ts'
import { capitalised, isImplemented, optionText, STORAGE_WORDS, synopsis } from './help.ts'
import { flagText, type Noun, optionsOf, type Syntax, type Verb } from './verb.ts'

/** The manual page vhacs(8) in roff, for groff's man(7) macros. */
export function manPage(nouns: readonly Noun[]): string {
  return [
    '.\\" Generated from the table of verbs by "make manual".',
    '.TH VHACS 8 "" VHACS',
    '.SH NAME',
    'vhacs \\- highly available block storage, and the mounts on top of it, for small Linux clusters',
    '.SH SYNOPSIS',
    nouns.flatMap(noun => noun.verbs.map(verb => `.B ${roff(synopsis(noun, verb))}`)).join('\n.br\n'),
    ...DESCRIPTION,
    ...nouns.flatMap(section),
    ...FILES,
    ...CLOSING,
    '',
  ].join('\n')
}

/** groff_char(7) */
const ESCAPES: Readonly<Record<string, string>> = { '-': '\\-', '"': '\\(dq', '~': '\\(ti', '^': '\\(ha' }

const DESCRIPTION = [
  '.SH DESCRIPTION',
  roff(STORAGE_WORDS),
  'Pacemaker runs it;',
  '.B vhacs',
  'creates, shows and changes it, from any node of the cluster.',
  '.SH SSH',
  'Other nodes are reached by ssh as root, under their names in the cluster.',
  '.B vhacs',
  "never prompts for a password or a host key: it uses root's keys on this node that have no passphrase, not those of an ssh agent, and",
  "the host-key policy of ssh's configuration, such as",
  '.B StrictHostKeyChecking.',
  '.B vhacs cluster \\-\\-check',
  'warns if host keys are not verified.',
]

const FILES = [
  '.SH FILES',
  '.TP',
  '.I /etc/vhacs.conf',
  'The networks of the node: a line',
  `.B ${roff('NAME = "value"')}`,
  'for each setting (see vhacs.conf(5)); a # begins a comment. Unknown names are refused. Interfaces may have different names on',
  'different nodes.',
  '.RS',
  ...Object.entries(SETTINGS).flatMap(([name, { example, meaning }]) => [
    '.TP',
    `.B ${roff(`${name} = "${example}"`)}`,
    roff(meaning),
  ]),
  '.RE',
  '.TP',
  '.I /etc/vhacs/chap/STORAGE',
  'The CHAP secret of a storage, if',
  '.B vhacs',
  'has generated it: on its storage nodes and all vhosts, readable by root alone.',
]

const CLOSING = [
  '.SH ENVIRONMENT',
  '.TP',
  '.B NO_COLOR',
  'If it is set and not empty, the output has no colours.',
  '.TP',
  '.B CIB_file, CIB_shadow, CIB_shadow_dir',
  "A CIB to use instead of the cluster's, as Pacemaker's own tools do (see crm_shadow(8)). The verbs that need no node use it:",
  '.B vhacs compose, vhacs storage \\-\\-list',
  'and',
  '.B vhacs node \\-\\-list.',
  'All others refuse to run then, and with',
  '.B CIB_port,',
  'because they would act on the cluster of this node.',
  '.SH EXIT STATUS',
  ...[
    ['0', 'The command succeeded.'],
    ['1', 'Something failed; for example, a node is unreachable.'],
    ['2', 'The command line is wrong, or the request cannot be met; nothing was changed.'],
  ].flatMap(([number, text]) => ['.TP', `.B ${number}`, text]),
  '.SH SEE ALSO',
  '.BR vhacs.conf (5),',
  '.BR vhacs\\-clouds (5),',
  '.BR crm_mon (8),',
  '.BR drbdadm (8),',
  '.BR lvm (8),',
  '.BR iscsiadm (8)',
]

function section(noun: Noun): string[] {
  return [
    `.SH ${noun.name.toUpperCase()}`,
    roff(`${capitalised(noun.summary)}.`),
    ...(noun.about ? [roff(noun.about)] : []),
    ...noun.verbs.flatMap(verb => verbLines(noun, verb)),
    ...noun.syntaxes.flatMap(syntaxLines),
  ]
}

function verbLines(noun: Noun, verb: Verb): string[] {
  const missing = isImplemented(verb) ? [] : ['Not implemented yet.']
  const own = optionsOf(verb)
  return [
    '.TP',
    `.B ${roff(verb.flag ? [flagText(verb.flag), verb.value?.name].filter(Boolean).join(' ') : synopsis(noun, verb))}`,
    ...[`${capitalised(verb.summary)}.`, ...(verb.details ? [verb.details] : []), ...missing].map(roff),
    '.RS',
    ...own.flatMap(option => ['.TP', `.B ${roff(optionText(option))}`, roff(`${capitalised(option.summary)}.`)]),
    ...(verb.example ? ['.TP', 'Example:', `.B ${roff(verb.example)}`] : []),
    '.RE',
  ]
}

function syntaxLines({ name, forms }: Syntax): string[] {
  return [
    `.SS Syntax for ${name}`,
    ...forms.flatMap(([form, meaning]) => ['.TP', `.B ${roff(form)}`, roff(`${capitalised(meaning)}.`)]),
  ]
}

/**
 * Plain text for roff: characters can be copied from the page, quotes do not end a macro's argument, and no line reads as a
 * request.
 */
export function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replace(/[-"~^]/g, character => ESCAPES[character] ?? character)
    .replace(/^([.'])/, '\\&$1')
}
