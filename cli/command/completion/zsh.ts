import { flagText, type Noun, type Option, optionsOf, type Verb } from '../verb.ts'

/** Completion for zsh: the nouns, then the flags of a noun, then the options of the chosen verb, with their summaries. */
export function zshCompletion(nouns: readonly Noun[]): string {
  const words = [
    ...nouns.map(({ name, summary }) => described(name, summary)),
    described('help', 'print help'),
    described('--version', 'print the version'),
    described('--help', 'print help'),
  ]
  return `#compdef vhacs
# zsh completion for vhacs; generated from the table of verbs by "make manual".
_vhacs() {
    local -a words_here
    if (( CURRENT == 2 )); then
        words_here=(
${indented(words, 12)}
        )
        _describe -t commands 'vhacs command' words_here
        return
    fi
    case $words[2] in
${nouns.map(nounCase).join('\n')}
    esac
    _describe -t options option words_here || _files
}
_vhacs "$@"
`
}

function nounCase({ name, verbs }: Noun): string {
  const flags = verbs.flatMap(({ flag, summary }) =>
    flag
      ? flagText(flag)
          .split('|')
          .map(word => described(word, summary))
      : [],
  )
  const bare = verbs.filter(({ flag }) => flag === undefined).flatMap(optionWords)
  const help = described('--help', 'print this help')
  const first = [...flags, ...(bare.length > 0 ? bare : [help])]
  const verbCases = verbs.flatMap(verb => {
    if (!verb.flag) return []
    const patterns = flagText(verb.flag)
      .split('|')
      .map(flag => `*' ${flag} '*`)
    return wordsCase(patterns.join('|'), optionWords(verb))
  })
  const roles = verbs.flatMap(({ flag, value }) =>
    flag && value?.name === 'ROLES' ? wordsCase(flagText(flag), ['storage', 'vhost', 'storage,vhost', 'ALL']) : [],
  )
  return [
    `        ${name})`,
    '            case " $words " in',
    ...verbCases,
    ...wordsCase('*', first),
    '            esac',
    ...(roles.length > 0 ? ['            case $words[CURRENT-1] in', ...roles, '            esac'] : []),
    '            ;;',
  ].join('\n')
}

function wordsCase(pattern: string, words: readonly string[]): string[] {
  return [`                ${pattern}) words_here=(`, indented(words, 20), '                ) ;;']
}

function optionWords(verb: Verb): string[] {
  return optionsOf(verb).flatMap((option: Option) =>
    flagText(option)
      .split('|')
      .map(word => described(word, option.summary)),
  )
}

/** A word and its summary, as _describe expects it, quoted. */
function described(word: string, summary: string): string {
  return `'${word.replaceAll(':', '\\:')}:${summary.replaceAll("'", "'\\''")}'`
}

function indented(lines: readonly string[], depth: number): string {
  return lines.map(line => ' '.repeat(depth) + line).join('\n')
}
