import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { bashCompletion } from '../../../../cli/command/completion/bash.ts'
import { helpOnNoun, helpOnVerb, synopsis, usage } from '../../../../cli/command/help.ts'
import { manPage } from '../../../../cli/command/man-page.ts'
import { commandOf } from '../../../../cli/command/parse.ts'
import { optionsOf, type Verb } from '../../../../cli/command/verb.ts'
import { nouns } from '../../../../cli/nouns.ts'
import { SETTINGS } from '../../../../system/nodes/files/vhacs-conf.ts'

const all = nouns.flatMap(noun => noun.verbs.map(verb => ({ noun, verb, name: synopsis(noun, verb) })))

/** Flags of the page that described the first VHACS. */
test.each([
  ['cluster', 'c I m M E P'],
  ['node', 's d l i S A'],
  ['storage', 'c D u r l L m M i S A p'],
])('%s has the letters -%s of the first VHACS', (name, letters) => {
  const noun = nouns.find(candidate => candidate.name === name)
  expect(noun?.verbs.flatMap(({ flag }) => flag?.letter ?? []).join(' ')).toBe(letters)
})

describe.each(nouns)('in $name', noun => {
  const flags = noun.verbs.flatMap(verb => (verb.flag ? [verb.flag] : []))
  const options = noun.verbs.flatMap(optionsOf)

  test('no flag has two meanings', () => {
    const longs = flags.map(({ long }) => long)
    const letters = flags.flatMap(({ letter = [] }) => letter)
    expect(new Set(longs).size).toBe(longs.length)
    expect(new Set(letters).size).toBe(letters.length)
    expect(options.filter(({ long, letter }) => longs.includes(long) || letters.includes(letter ?? '?'))).toEqual([])
  })

  test('an option of several verbs is the same in each', () => {
    for (const option of options)
      expect(
        options.filter(({ long }) => long === option.long).map(({ letter, value }) => ({ letter, value })),
      ).toEqual(
        options.filter(({ long }) => long === option.long).map(() => ({ letter: option.letter, value: option.value })),
      )
  })

  test('its help describes every verb completely, within 100 columns', () => {
    const text = helpOnNoun(noun)
    for (const verb of noun.verbs)
      for (const line of helpOnVerb(noun, verb).split('\n').slice(1)) expect(text).toContain(line.trim())
    const lines = [text, usage(noun)].join('\n').split('\n')
    expect(lines.filter(line => line.length > 100 && !/vhacs (cluster|compose|storage|vserver) /.test(line))).toEqual(
      [],
    )
  })
})

test.each(all)('every argument of $name is explained', ({ noun, verb }) => {
  const names = [verb.value?.name, verb.operand?.name, ...(verb.options ?? []).map(({ value }) => value)]
  const explained = [...noun.syntaxes.map(({ name }) => name), 'NODE', 'VSERVER', undefined]
  expect(names.filter(name => !explained.includes(name?.split('|')[0]))).toEqual([])
})

test.each(all)('$name has an example, which is a call of it', async ({ noun, verb }) => {
  const [vhacs, name, ...words] = (verb.example ?? '').match(/"[^"]*"|[^" ]+/g) ?? []
  expect([vhacs, name]).toEqual(['vhacs', noun.name])
  const arguments_ = words.slice(0, words.includes('>') ? words.indexOf('>') : undefined)
  const parsed: Verb[] = []
  const command = commandOf(noun, async call => void parsed.push(call.verb)).exitOverride()
  await command.parseAsync(
    arguments_.map(word => word.replaceAll('"', '')),
    { from: 'user' },
  )
  expect(parsed).toEqual([verb])
  expect(helpOnVerb(noun, verb)).toContain(`Example: ${verb.example}`)
})

test.each(all)('the synopsis of $name names all of its own options', ({ noun, verb }) => {
  const line = synopsis(noun, verb)
  for (const { long } of optionsOf(verb).filter(option => !['verbosity', 'help'].includes(option.long)))
    expect(line).toContain(`--${long}`)
})

test('ALL is explained only where it has a meaning', () => {
  const helpOn = (name: string, long: string) => {
    const [noun, verb] = [nouns.find(one => one.name === name), all.find(one => one.verb.flag?.long === long)?.verb]
    return noun && verb ? helpOnVerb(noun, verb) : ''
  }
  expect(helpOn('storage', 'create')).not.toMatch(/^ *ALL /m)
  expect(helpOn('storage', 'destroy')).toMatch(/^ *ALL /m)
  expect(helpOn('cluster', 'init')).not.toMatch(/^ *ALL +all nodes/m)
})

test('the manual page is clean roff, and contains every verb and every option', () => {
  const page = manPage(nouns)
  const { stdout, stderr, status } = spawnSync('groff', ['-man', '-Tascii', '-ww', '-P-c', '-P-b', '-P-u'], {
    input: page,
    encoding: 'utf8',
  })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const words = stdout.replace(/\s+/g, ' ')
  for (const { verb } of all)
    for (const { long } of [...(verb.flag ? [verb.flag] : []), ...optionsOf(verb)]) expect(words).toContain(`--${long}`)
})

test('the manual page renders every text unchanged, including quotes', () => {
  const { stdout } = spawnSync('groff', ['-man', '-Tutf8', '-rLL=100000n', '-P-c', '-P-b', '-P-u'], {
    input: manPage(nouns),
    encoding: 'utf8',
  })
  // an apostrophe is typographic
  const words = stdout.replace(/\s+/g, ' ').replaceAll('’', "'")
  const settings = Object.entries(SETTINGS).map(([name, { example }]) => `${name} = "${example}"`)
  const forms = nouns.flatMap(({ syntaxes }) => syntaxes.flatMap(syntax => syntax.forms.map(([form]) => form)))
  const details = all.flatMap(({ verb }) => verb.details ?? [])
  for (const text of [...settings, ...forms, ...details, ...all.map(({ name }) => name)]) expect(words).toContain(text)
})

describe('bash completes', () => {
  const complete = (...words: string[]) => {
    const script = `${bashCompletion(nouns)}
      COMP_WORDS=(${words.map(word => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _vhacs; echo "\${COMPREPLY[*]}"`
    const { stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' })
    return { said: stdout.trim().split(' '), stderr }
  }

  test.each([
    [['vhacs', 'sto'], ['storage']],
    [
      ['vhacs', 'storage', '--li'],
      ['--list', '--listbig'],
    ],
    [['vhacs', 'storage', '--create', 'c1', '--si'], ['--size']],
    [['vhacs', 'storage', '-D', 'c1', '--d'], ['--dry-run']],
    [
      ['vhacs', 'storage', '-c', 'c1', '-'],
      '-s --size -n --nodes --copies --chap --dry-run -V --verbosity -h --help'.split(' '),
    ],
    [
      ['vhacs', 'compose', 'clouds.yaml', '--f'],
      ['--format', '--file'],
    ],
    [['vhacs', 'compose', 'clouds.yaml', '--o'], ['--offline']],
    [
      ['vhacs', 'vserver', '-l', '-'],
      ['--json', '-V', '--verbosity', '-h', '--help'],
    ],
    [
      ['vhacs', 'node', '-s', 'st'],
      ['storage', 'storage,vhost'],
    ],
    [['vhacs', 'frobnicate', '--x'], ['']],
  ])('%j', (words, said) => {
    expect(complete(...words)).toEqual({ said, stderr: '' })
  })
})
