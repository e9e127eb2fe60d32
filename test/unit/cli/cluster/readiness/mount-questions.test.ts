import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parseSections } from '../../../../../cli/cluster/examine/examination.ts'
import { MOUNT_QUESTIONS } from '../../../../../cli/cluster/examine/mount-questions.ts'
import { OPENING } from '../../../../../cli/cluster/examine/questions.ts'

/* The script in a real shell, with real directories. */

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vhacs-questions-'))
})
afterEach(() => rmSync(root, { recursive: true }))

/** The lines about these directories. */
function answers(...directories: string[]): string[] {
  const values = ['', directories.join('\n'), 'node1']
  const { stdout } = spawnSync('sh', ['-s', '--', ...values], {
    input: `${OPENING}${MOUNT_QUESTIONS}`,
    encoding: 'utf8',
  })
  return (parseSections(stdout).get('directories') ?? '').split('\n')
}

test('directories, other files and what is missing are told apart, whatever is in their names', () => {
  mkdirSync(join(root, "it's a $(reboot) -x"))
  writeFileSync(join(root, 'file'), '')
  symlinkSync('nowhere', join(root, 'dangling'))
  const of = (name: string) => join(root, name)
  expect(answers(of("it's a $(reboot) -x"), of('file'), of('dangling'), of('file/below/it'))).toEqual([
    `directory - ${of("it's a $(reboot) -x")}`,
    `other - ${of('file')}`,
    `other - ${of('dangling')}`,
    `blocked ${of('file')} ${of('file/below/it')}`,
  ])
})

test('of a missing directory, the file system on which it would be created is described', () => {
  const [line] = answers(join(root, 'a/b c/d'))
  expect(line).toMatch(/^missing r[ow][^ :]*(?::\d+){5}:[\w/]+ \/.*\/a\/b c\/d$/)
})

test('what is mounted is named, and not looked at', () => {
  expect(answers('/proc')).toEqual(['mounted proc /proc'])
})

test('a path that is not absolute is left out, and nothing is claimed where a tool is missing', () => {
  expect(answers('relative', '-x', '/')).toEqual([expect.stringMatching(/^mounted \S+ \/$/)])
  const { stdout } = spawnSync('/bin/sh', ['-s', '--', '', '/no/such/path', 'node1'], {
    input: `${OPENING}${MOUNT_QUESTIONS}`,
    encoding: 'utf8',
    env: { PATH: root },
    timeout: 20_000,
  })
  expect(parseSections(stdout).get('directories')).toBe('unknown - /no/such/path')
})

test('without directories, nothing is said', () => {
  expect(answers()).toEqual([''])
})
