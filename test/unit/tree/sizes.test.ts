import { expect, test } from 'vitest'
import { textOf, trackedFiles } from './tracked-files.ts'

/* What makes a tree easy to find one's way in: small modules, small folders. */

const MODULES = trackedFiles.filter(file =>
  /^(main\.ts|(agents|handlers|ocf|system|cloud|cli|build)\/.*\.ts)$/.test(file),
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

test('no folder of code has more than 16 files', () => {
  const counts = Object.groupBy(MODULES, file => file.slice(0, file.lastIndexOf('/') + 1))
  expect(Object.entries(counts).filter(([, files = []]) => files.length > 16)).toEqual([])
})
