import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FENCES_QUESTION } from '../../../../cli/cluster/examine/fencing-queries.ts'
import { OPENING } from '../../../../cli/cluster/examine/questions.ts'

/* The script in a real shell, with a stonith_admin that answers like that of Pacemaker 2.1.5. */

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'vhacs-fences-'))
  tool('uname', 'echo here')
  tool('systemctl', 'exit 0')
  // no test waits
  tool('sleep', 'exit 0')
})
afterEach(() => rmSync(directory, { recursive: true }))

function tool(name: string, text: string): void {
  const path = join(directory, name)
  writeFileSync(path, `#!/bin/sh\n${text}\n`)
  chmodSync(path, 0o755)
}

function answer(): string {
  const text = OPENING + FENCES_QUESTION
  const output = execFileSync('sh', ['-s', '--', '', 'here', 'there', 'elsewhere'], {
    input: text,
    env: { PATH: `${directory}:/usr/bin:/bin` },
    encoding: 'utf8',
  })
  return output.slice(output.indexOf('== fences\n') + '== fences\n'.length)
}

const xml = (...ids: readonly string[]) =>
  `<pacemaker-result>\n  <list name="registered fence devices" count="${ids.length}">\n${ids
    .map(id => `    <item name="device">${id}</item>\n`)
    .join('')}  </list>\n</pacemaker-result>`

test('the devices for each other node are listed in its line', () => {
  tool('stonith_admin', `[ "$2" = there ] && echo '${xml('a', 'b')}' || echo '${xml('b')}'`)
  expect(answer()).toBe('there a b\nelsewhere b\n')
})

test('a fencer that has just got its device is asked again', () => {
  const asked = join(directory, 'asked')
  tool('stonith_admin', `if [ -e ${asked} ]; then echo '${xml('a')}'; else touch ${asked}; echo '${xml()}'; fi`)
  expect(answer()).toBe('there a\nelsewhere a\n')
})

test('a node without a device has a line without one, once it has been asked for long enough', () => {
  // a clock on which each look takes 6 seconds
  const clock = join(directory, 'clock')
  tool('date', `echo x >>${clock}; echo $(($(wc -l <${clock}) * 6))`)
  tool('stonith_admin', `echo "$2" >>${join(directory, 'questions')}; echo '${xml()}'`)
  expect(answer()).toBe('there\nelsewhere\n')
})

test('a node without Pacemaker is not asked, as stonith_admin would wait for it', () => {
  tool('systemctl', 'exit 3')
  tool('stonith_admin', 'sleep 1000')
  expect(answer()).toBe('')
})
