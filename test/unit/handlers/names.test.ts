import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../../../build/root.ts'
import { QUESTIONS } from '../../../cli/cluster/examine/questions.ts'
import { DRBD_HANDLERS } from '../../../cloud/compose/drbd/handlers.ts'
import { handlerNames } from '../../../handlers/names.ts'

/* The names of the handlers, wherever they are written. */

const textOf = (file: string) => readFileSync(join(root, file), 'utf8')
const paths = [...new Set(Object.values<string>(DRBD_HANDLERS))]

test('DRBD calls handlers that the executable provides', () => {
  expect(paths.map(path => basename(path)).sort()).toEqual([...handlerNames].sort())
})

test('make install installs them where DRBD calls them', () => {
  const makefile = textOf('Makefile')
  expect(makefile).toContain(`\nHANDLERS := ${handlerNames.join(' ')}\n`)
  for (const path of paths) expect(makefile).toContain(`\nHANDLERDIR ?= ${dirname(path)}\n`)
})

test('the tests of the executable cover them all', () => {
  expect(textOf('test/bats/helper.bash')).toContain(`\nHANDLERS=(${handlerNames.join(' ')})\n`)
})

test('an examination of a node checks for them', () => {
  for (const path of paths) expect(JSON.stringify(QUESTIONS)).toContain(path)
})
