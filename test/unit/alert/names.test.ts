import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../../../build/root.ts'
import { QUESTIONS } from '../../../cli/cluster/examine/questions.ts'
import { ALERT_DIRECTORY, ALERT_NAME, ALERT_PATH } from '../../../system/pacemaker/alert-recipient.ts'

/* The name of the program for alerts, and its directory, wherever they are written. */

const textOf = (file: string) => readFileSync(join(root, file), 'utf8')

test('the executable provides it', () => {
  expect(textOf('main.ts')).toContain(`\nconst ALERT = '${ALERT_NAME}'\n`)
})

test('make install installs it where the CIB names it, with its directory', () => {
  const makefile = textOf('Makefile')
  expect(makefile).toContain(`\nALERT := ${ALERT_NAME}\n`)
  expect(makefile).toContain(`\nHANDLERDIR ?= ${dirname(ALERT_PATH)}\n`)
  expect(textOf('systemd/vhacs-tmpfiles.conf')).toContain(`\nd ${ALERT_DIRECTORY} 0750 hacluster haclient\n`)
})

test('an examination of a node checks for it', () => {
  expect(JSON.stringify(QUESTIONS)).toContain(ALERT_PATH)
})
