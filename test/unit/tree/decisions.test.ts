import { basename } from 'node:path'
import { expect, test } from 'vitest'
import { textOf, trackedFiles } from './tracked-files.ts'

/* The index of the decisions. */

const PAGES = trackedFiles.filter(file => /^docs\/decisions\/\d{4}-[\w-]+\.md$/.test(file)).map(file => basename(file))

test('every decision is in the index once, under its number', () => {
  expect(PAGES.length).toBeGreaterThan(50)
  const index = textOf('docs/decisions/README.md') ?? ''
  const entries = [...index.matchAll(/\[(\d+) [^\]]+\]\((\d{4}-[\w-]+\.md)\)/g)]
  expect(entries.map(([, , page]) => page).sort()).toEqual(PAGES.toSorted())
  const misnumbered = entries.filter(([, number, page]) => Number(number) !== Number.parseInt(page ?? '', 10))
  expect(misnumbered.map(([entry]) => entry)).toEqual([])
})

test('no two decisions have the same number', () => {
  const numbers = PAGES.map(page => page.slice(0, 4))
  expect(numbers).toEqual([...new Set(numbers)])
})
