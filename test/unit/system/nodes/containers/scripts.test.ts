import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { EXEC } from '../../../../../system/nodes/containers/exec.ts'
import { SHELL } from '../../../../../system/nodes/containers/shell.ts'

/*
 * The scripts with the real sh, find, grep and script, and an nsenter that tells what it was called with.
 */

const NSENTER = `#!/bin/sh
printf '%s\\n' "$@" > "$(dirname "$0")/arguments"
[ -t 0 ] && echo terminal > "$(dirname "$0")/stdin"
exit 7
`

let directory = ''
const at = (name: string) => join(directory, name)
const linesOf = (name: string) => readFileSync(at(name), 'utf8').trimEnd().split('\n')

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'vhacs-containers-'))
  mkdirSync(at('cgroup/payload'), { recursive: true })
  writeFileSync(at('nsenter'), NSENTER)
  chmodSync(at('nsenter'), 0o755)
})
afterEach(() => rmSync(directory, { recursive: true }))

/** Runs a script for the container whose control group has these processes. */
function called(text: string, value: string, pids: readonly number[]) {
  writeFileSync(at('cgroup/payload/cgroup.procs'), pids.map(pid => `${pid}\n`).join(''))
  const env = { PATH: `${directory}:/usr/sbin:/usr/bin:/sbin:/bin`, LC_ALL: 'C' }
  return spawnSync('sh', ['-c', text, 'sh', 'web0', value, at('cgroup')], { env, input: '', encoding: 'utf8' })
}

const scripts = [
  ['a command', EXEC, 'echo "$HOME"'],
  ['a shell', SHELL, 'xterm'],
] as const

test.each(scripts)('%s in a container that does not run here fails', (_, text, value) => {
  const { status, stderr } = called(text, value, [process.pid])
  expect({ status, stderr }).toEqual({ status: 1, stderr: 'the container web0 does not run on this node\n' })
})

describe.skipIf(process.getuid?.() !== 0)('as root, where the container is a process in a namespace', () => {
  test.each(scripts)('%s enters it by its init, and exits with its status', async (what, text, value) => {
    const holder = spawn('unshare', ['--pid', '--fork', '--kill-child', 'sh', '-c', 'echo up; exec sleep 60'])
    try {
      await once(holder.stdout, 'data')
      const init = Number(readFileSync(`/proc/${holder.pid}/task/${holder.pid}/children`, 'utf8'))
      const { status, stderr } = called(text, value, [process.pid, init])
      expect({ status, stderr }).toEqual({ status: 7, stderr: '' })
      const given = linesOf('arguments')
      expect(given.slice(0, 7)).toEqual([
        ...'--target X --all --root'.replace('X', String(init)).split(' '),
        `--wd=/proc/${init}/root`,
        '--',
        '/usr/bin/env',
      ])
      expect(given.slice(-3)).toEqual(
        what === 'a shell' ? ['sh', '-c', 'cd; exec $(command -v bash || echo sh) -l'] : ['sh', '-c', 'echo "$HOME"'],
      )
      if (what === 'a shell') expect([given.includes('TERM=xterm'), linesOf('stdin')]).toEqual([true, ['terminal']])
    } finally {
      holder.kill('SIGKILL')
    }
  })
})
