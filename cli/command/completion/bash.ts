import { type Flag, type Noun, optionsOf, type Verb } from '../verb.ts'

/** Completion for bash: the nouns, then the flags of a noun, then the options of the chosen verb. */
export function bashCompletion(nouns: readonly Noun[]): string {
  return `# bash completion for vhacs; generated from the table of verbs by "make manual".
_vhacs() {
    local word=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} words=''
    if [ "$COMP_CWORD" -eq 1 ]; then
        words='${[...nouns.map(({ name }) => name), 'help', '--version', '--help'].join(' ')}'
    else
        case "\${COMP_WORDS[1]}" in
${nouns.map(nounCase).join('\n')}
        esac
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -o default -F _vhacs vhacs
`
}

function nounCase({ name, verbs }: Noun): string {
  const flags = verbs.flatMap(({ flag }) => (flag ? spellings(flag) : []))
  // for a verb without a flag, the options may come first
  const bare = verbs.filter(({ flag }) => flag === undefined).flatMap(optionWords)
  const first = [...flags, ...(bare.length > 0 ? bare : ['-h', '--help'])]
  const wordCases = verbs.flatMap(({ flag, value }) => {
    if (value?.name !== 'ROLES' || !flag) return []
    return [`                ${spellings(flag).join(' | ')}) words='storage vhost storage,vhost ALL' ;;`]
  })
  const verbCases = verbs.flatMap(verb => {
    if (!verb.flag) return []
    const pattern = spellings(verb.flag).map(flag => `*' ${flag} '*`)
    return [`                ${pattern.join(' | ')}) words='${optionWords(verb).join(' ')}' ;;`]
  })
  const byVerb = [
    `            case " \${COMP_WORDS[*]} " in`,
    ...verbCases,
    `                *) words='${first.join(' ')}' ;;`,
    '            esac',
  ]
  const byPrevious = ['            case "$previous" in', ...wordCases, '            esac']
  const lines = [
    ...(verbCases.length > 0 ? byVerb : [`            words='${first.join(' ')}'`]),
    ...(wordCases.length > 0 ? byPrevious : []),
  ]
  return [`        ${name})`, ...lines, '            ;;'].join('\n')
}

function spellings({ letter, long }: Flag): string[] {
  return [...(letter === undefined ? [] : [`-${letter}`]), `--${long}`]
}

function optionWords(verb: Verb): string[] {
  return optionsOf(verb).flatMap(spellings)
}
