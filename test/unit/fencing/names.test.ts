import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../../../build/root.ts'
import { QUESTIONS } from '../../../cli/cluster/examine/questions.ts'
import { FENCE_AGENT, FENCE_AGENT_PATH } from '../../../system/pacemaker/fencing/sbd.ts'

/* The name of the fencing agent, and its directory, wherever they are written. */

const textOf = (file: string) => readFileSync(join(root, file), 'utf8')

test('the executable provides it', () => {
  expect(textOf('main.ts')).toContain(`\nconst FENCING = '${FENCE_AGENT}'\n`)
})

test('make install installs it where Pacemaker looks for it', () => {
  const makefile = textOf('Makefile')
  expect(makefile).toContain(`\nFENCING := ${FENCE_AGENT}\n`)
  expect(makefile).toContain(`\nFENCEDIR ?= ${dirname(FENCE_AGENT_PATH)}\n`)
})

test('an examination of a node checks for it', () => {
  expect(JSON.stringify(QUESTIONS)).toContain(FENCE_AGENT_PATH)
})
