import { SETTINGS } from '../../system/nodes/vhacs-conf.ts'
import { capitalised, isThere, optionText, synopsis } from './help.ts'
import { flagText, type Noun, optionsOf, type Syntax, type Verb } from './verb.ts'

/** The manual page vhacs(8) in roff, for groff's man(7) macros. */
export function manPage(nouns: readonly Noun[]): string {
  return [
    '.\\" Made from the table of verbs: "make manual" writes it.',
    '.TH VHACS 8',
    '.SH NAME',
    'vhacs \\- highly available block storage, and the mounts on top of it, for small Linux clusters',
    '.SH SYNOPSIS',
    ...nouns.flatMap(noun => noun.verbs.map(verb => `.B ${roff(synopsis(noun, verb))}\n.br`)),
    ...DESCRIPTION,
    ...nouns.flatMap(section),
    ...FILES,
    ...CLOSING,
    '',
  ].join('\n')
}

const DESCRIPTION = [
  '.SH DESCRIPTION',
  'A storage, or cloud, is a logical volume on two nodes, replicated by DRBD, exported over iSCSI by one of them, logged in to',
  'on a vhost node, and mounted there. Pacemaker runs it;',
  '.B vhacs',
  'makes it, shows it and changes it, from any node of the cluster.',
  '.SH SSH',
  'The other nodes are reached by ssh as root, under their names in the cluster.',
  'Nobody is asked for a password or about a host key: keys that root has on this node without a passphrase are used (those of an',
  'agent are not), and what a host key must be is left to the configuration of ssh, such as',
  '.B StrictHostKeyChecking.',
  'Where that checks none,',
  '.B vhacs cluster \\-\\-check',
  'warns.',
]

const FILES = [
  '.SH FILES',
  '.TP',
  '.I /etc/vhacs.conf',
  'What the node is connected to: a line',
  '.B NAME = "value"',
  'for each setting; what follows a # is a comment. Names that are not known are refused. Interfaces may have',
  'other names on other nodes.',
  '.RS',
  ...Object.entries(SETTINGS).flatMap(([name, { example, meaning }]) => [
    '.TP',
    `.B ${roff(`${name} = "${example}"`)}`,
    roff(meaning),
  ]),
  '.RE',
]

const CLOSING = [
  '.SH ENVIRONMENT',
  '.TP',
  '.B NO_COLOR',
  'When it is set, and not empty, nothing is coloured.',
  '.TP',
  '.B CIB_file',
  'A file with a CIB that',
  '.B vhacs compose',
  "works on instead of the cluster's, as Pacemaker's own tools do; no node is asked then.",
  '.SH EXIT STATUS',
  ...[
    ['0', 'It worked.'],
    ['1', 'Something failed, such as a node that does not answer.'],
    ['2', 'It was called wrongly, or what it was told cannot be done, and nothing was done.'],
  ].flatMap(([number, text]) => ['.TP', `.B ${number}`, text]),
  '.SH SEE ALSO',
  '.BR crm_mon (8),',
  '.BR drbdadm (8),',
  '.BR lvm (8),',
  '.BR iscsiadm (8)',
]

function section(noun: Noun): string[] {
  return [
    `.SH ${noun.name.toUpperCase()}`,
    roff(`${capitalised(noun.summary)}.`),
    ...noun.verbs.flatMap(verb => verbLines(noun, verb)),
    ...noun.syntaxes.flatMap(syntaxLines),
  ]
}

function verbLines(noun: Noun, verb: Verb): string[] {
  const missing = isThere(verb) ? [] : ['It is not implemented yet.']
  const own = optionsOf(verb)
  return [
    '.TP',
    `.B ${roff(verb.flag ? [flagText(verb.flag), verb.value?.name].filter(Boolean).join(' ') : synopsis(noun, verb))}`,
    ...[`${capitalised(verb.summary)}.`, ...(verb.details ? [verb.details] : []), ...missing].map(roff),
    '.RS',
    ...own.flatMap(option => ['.TP', `.B ${roff(optionText(option))}`, roff(`${capitalised(option.summary)}.`)]),
    '.RE',
  ]
}

function syntaxLines({ name, forms }: Syntax): string[] {
  return [
    `.SS Syntax for ${name}`,
    ...forms.flatMap(([form, meaning]) => ['.TP', `.B ${roff(form)}`, roff(`${capitalised(meaning)}.`)]),
  ]
}

/** Text of ours with what roff would take for its own: hyphens to be copied from the page, a control line. */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/, '\\&$1')
}
