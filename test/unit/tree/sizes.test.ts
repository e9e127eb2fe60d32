import { expect, test } from 'vitest'
import { textOf, trackedFiles } from './tracked-files.ts'

/* Small modules and small folders make a tree easy to navigate. */

const MODULES = trackedFiles.filter(file =>
  /^(main\.ts|(agents|alert|fencing|handlers|ocf|system|cloud|cli|build)\/.*\.ts)$/.test(file),
)

const linesOf = (file: string) => (textOf(file) ?? '').trimEnd().split('\n').length

test('no module has more than 200 lines', () => {
  expect(MODULES.length).toBeGreaterThan(200)
  expect(MODULES.filter(file => linesOf(file) > 200)).toEqual([])
})

test('half of the modules have at most 80 lines', () => {
  const sizes = MODULES.map(linesOf).sort((one, other) => one - other)
  expect(sizes[Math.floor(sizes.length / 2)]).toBeLessThanOrEqual(80)
})

/** The files of each folder. */
const FOLDERS = Object.entries(Object.groupBy(MODULES, file => file.slice(0, file.lastIndexOf('/') + 1)))

test('no folder of code has more than 13 files', () => {
  // the vocabulary of a cloud is one layer, below all folders there, so no part of it can move into one of them
  const large = FOLDERS.filter(([folder, files = []]) => files.length > (folder === 'cloud/' ? 16 : 13))
  expect(large).toEqual([])
})

test('three files of a folder whose names begin with the same word have their own folder', () => {
  const alike = FOLDERS.flatMap(([folder, files = []]) => {
    const words = files.map(file => /^[a-z0-9]+/.exec(file.slice(folder.length))?.[0] ?? '')
    return Object.entries(Object.groupBy(words, word => word)).flatMap(([word, { length } = []]) =>
      length >= 3 ? [`${folder}${word}-…`] : [],
    )
  })
  expect(alike).toEqual([])
})
