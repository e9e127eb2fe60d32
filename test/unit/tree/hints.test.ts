import { expect, test } from 'vitest'
import { optionsOf } from '../../../cli/command/verb.ts'
import { nouns } from '../../../cli/nouns.ts'
import { textOf, trackedFiles } from './tracked-files.ts'

/** A command of vhacs in a text for people, up to the end of the words that it can have. */
const COMMAND = /vhacs (cluster|node|storage|vserver|compose|metrics) ((?:[^"`'\n();,|#<>]|\$\{[^}]*\})*)/g

test('each command that a text names has the options that the text gives it', () => {
  const unknown = trackedFiles
    .filter(file => /^(?!test|docs\/(man|completion|decisions)).*\.(ts|md|service|timer)$/.test(file))
    .flatMap(file =>
      [...(textOf(file) ?? '').matchAll(COMMAND)].flatMap(([text, name, rest = '']) => {
        const words = [...rest.matchAll(/(?:^| )--([a-z][a-z0-9-]*)/g)].flatMap(([, word]) => word ?? [])
        const verbs = nouns.find(noun => noun.name === name)?.verbs ?? []
        const meant = verbs.filter(({ flag }) => flag === undefined || words.includes(flag.long))
        const known = ['help', ...meant.flatMap(verb => [verb.flag?.long, ...optionsOf(verb).map(({ long }) => long)])]
        return words.every(word => known.includes(word)) ? [] : [`${file}: ${text}`]
      }),
    )
  expect(unknown).toEqual([])
})
