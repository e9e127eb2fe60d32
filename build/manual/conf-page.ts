import { roff } from '../../cli/command/man-page.ts'
import { SETTINGS } from '../../system/nodes/files/vhacs-conf.ts'

/** The manual page vhacs.conf(5). */
export function confPage(): string {
  return [
    '.\\" Generated from the table of settings by "make manual".',
    '.TH VHACS.CONF 5 "" VHACS',
    '.SH NAME',
    'vhacs.conf \\- networks of a node of a VHACS cluster',
    '.SH SYNOPSIS',
    '.I /etc/vhacs.conf',
    '.SH DESCRIPTION',
    'The file names the networks of the node that it is on.',
    '.BR vhacs (8)',
    'reads it, on all nodes of the cluster; the resource agents do not.',
    'Interfaces may have different names on different nodes.',
    '.PP',
    'Each setting is a line',
    `.B ${roff('NAME = "value"')}`,
    'with the value in double quotes. A # begins a comment, and empty lines are ignored. An unknown name, a name that is set twice and',
    'a line of any other form are refused: a misspelt name must not send traffic over another network.',
    '.PP',
    'The file of the Debian package sets nothing: its settings are comments.',
    '.SH SETTINGS',
    ...Object.entries(SETTINGS).flatMap(([name, { example, meaning }]) => [
      '.TP',
      `.B ${roff(`${name} = "${example}"`)}`,
      roff(meaning),
    ]),
    '.SH EXAMPLE',
    '.EX',
    ...Object.entries(SETTINGS).map(([name, { example }]) => roff(`${name} = "${example}"`)),
    '.EE',
    '.SH SEE ALSO',
    '.BR vhacs (8),',
    '.BR vhacs\\-clouds (5)',
    '',
  ].join('\n')
}

/** The file of the Debian package: all settings, as comments. */
export function confExample(): string {
  return [
    '# The networks of this node, for vhacs(8): see vhacs.conf(5). Generated from the table of settings by "make manual".',
    ...Object.entries(SETTINGS).flatMap(([name, { example, meaning }]) => [
      '',
      ...wrapped(meaning).map(line => `# ${line}`),
      `#${name} = "${example}"`,
    ]),
    '',
  ].join('\n')
}

/** Lines of at most 100 characters, if no word is longer. */
function wrapped(text: string): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length < 100) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
