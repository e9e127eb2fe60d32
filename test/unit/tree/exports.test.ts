import { expect, test } from 'vitest'
import { textOf, trackedFiles } from './tracked-files.ts'

/* Exports are used by other modules. Types are left out: those of parameters and results need no import to be used. */

const MODULES = trackedFiles.filter(file =>
  /^(main\.ts|(agents|alert|fencing|handlers|ocf|system|cloud|cli|build|bench)\/.*\.ts)$/.test(file),
)
const TESTS = trackedFiles.filter(file => /^test\/.*\.ts$/.test(file))

const codeOf = (file: string) => (textOf(file) ?? '').replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')

const wordsOf = (files: readonly string[]) =>
  new Map(files.map(file => [file, codeOf(file).match(/[\w$]+/g) ?? []] as const))

const ofModules = wordsOf(MODULES)
const ofTests = new Set([...wordsOf(TESTS).values()].flat())

/** In how many modules a word occurs. */
const occurrences = Map.groupBy(
  [...ofModules.values()].flatMap(words => [...new Set(words)]),
  word => word,
)

const exported = MODULES.flatMap(file =>
  [...codeOf(file).matchAll(/^export (?:async )?(?:function\*?|const|class) ([\w$]+)/gm)].map(([, name = '']) => ({
    file,
    name,
  })),
)

test('every exported value is used by another module, or by a test of what its own module uses', () => {
  expect(exported.length).toBeGreaterThan(500)
  const unused = exported.filter(({ file, name }) => {
    if ((occurrences.get(name)?.length ?? 0) > 1) return false
    const isUsedHere = (ofModules.get(file) ?? []).filter(word => word === name).length > 1
    return !isUsedHere || !ofTests.has(name)
  })
  expect(unused).toEqual([])
})
