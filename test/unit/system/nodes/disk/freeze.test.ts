import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FREEZE } from '../../../../../system/nodes/disk/freeze.ts'

/* The script in a real shell, on a clock that each sleep moves on by one second. */

let root = ''
const at = (path: string) => join(root, path)

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vhacs-freeze-'))
  for (const path of ['bin', 'proc', 'run', 'clouds/c0']) mkdirSync(at(path), { recursive: true })
  writeFileSync(at('proc/uptime'), '100.00 1.00\n')
  writeFileSync(at('calls'), '')
  tool('systemctl', 'case "$*" in *is-active*) exit 3 ;; esac')
  tool('systemd-run', `printf '%s\\0' "$@" >unit`)
  tool('sync', '')
  tool('stat', 'case $3 in .) echo 64 ;; *) echo 65 ;; esac')
  tool('fsfreeze', 'case $1 in --freeze) : >is-frozen ;; *) [ -e is-frozen ] && rm is-frozen ;; esac')
  sleeping('')
})
afterEach(() => rmSync(root, { recursive: true }))

/** A tool that notes its call. */
function tool(name: string, text: string): void {
  writeFileSync(at(`bin/${name}`), `#!/bin/sh\ncd ${root}\necho "${name} $*" >>calls\n${text}\n`)
  chmodSync(at(`bin/${name}`), 0o755)
}

/** What happens while the script sleeps; a shell keeps the background process waiting for its turn. */
function sleeping(text: string): void {
  writeFileSync(
    at('bin/sleep'),
    `#!/bin/sh\ncd ${root}\n/bin/sleep 0.05\nread -r up idle <proc/uptime; echo "$((\${up%.*} + 1)).00 1.00" >proc/uptime\n${text}\n`,
  )
  chmodSync(at('bin/sleep'), 0o755)
}

const callsMade = () => readFileSync(at('calls'), 'utf8').replaceAll(root, '').split('\n').filter(Boolean)

function freeze(): { status: number | null; stdout: string; stderr: string; calls: string[] } {
  const input = FREEZE.replace(/(?<=<)\/(?=proc\/)/g, `${root}/`)
  const values = [at('clouds/c0'), at('run/note'), 'vhacs-thaw-c0', '5', '15']
  const { status, stdout, stderr } = spawnSync('sh', ['-s', '--', ...values], {
    input,
    env: { PATH: `${at('bin')}:/usr/bin:/bin` },
    encoding: 'utf8',
    timeout: 60_000,
  })
  const calls = callsMade()
  expect(['note', 'note.frozen', 'note.failed'].filter(name => existsSync(at(`run/${name}`)))).toEqual([])
  return { status, stdout, stderr, calls }
}

const RELEASE = '[ ! -e run/note.frozen ] || rm -f run/note'

test('it holds the freeze until the note is removed, under a timer of systemd, and thaws', () => {
  sleeping(RELEASE)
  expect(freeze()).toEqual({
    status: 0,
    stdout: 'held\n',
    stderr: '',
    calls: [
      'systemctl --quiet is-active vhacs-thaw-c0.timer vhacs-thaw-c0.service',
      'stat -c %d .',
      'stat -c %d ..',
      'sync -f .',
      expect.stringMatching(
        /^systemd-run --quiet --collect --unit=vhacs-thaw-c0 --on-active=15 --timer-property=AccuracySec=1s -- sh -c .* thaw \/clouds\/c0 \/run\/note$/,
      ),
      'fsfreeze --freeze .',
      'fsfreeze --unfreeze .',
      'systemctl --quiet stop vhacs-thaw-c0.timer vhacs-thaw-c0.service',
    ],
  })
  expect(existsSync(at('is-frozen'))).toBe(false)
})

test('it thaws after its limit although nobody asks for it, and says so', () => {
  const { status, stdout } = freeze()
  expect([status, stdout]).toEqual([0, 'ended\n'])
  expect(existsSync(at('is-frozen'))).toBe(false)
})

test('it does not claim to have held what somebody else has thawed', () => {
  sleeping(`rm -f is-frozen; ${RELEASE}`)
  expect(freeze().stdout).toBe('ended\n')
})

test('a freeze that is complete only after the limit is thawed nevertheless', () => {
  tool(
    'fsfreeze',
    'case $1 in --freeze) until [ -e late ]; do /bin/sleep 0.05; done; : >is-frozen ;; *) [ -e is-frozen ] && rm is-frozen ;; esac',
  )
  sleeping(`read -r up idle <proc/uptime; [ "\${up%.*}" -lt 110 ] || : >late`)
  const { stdout } = freeze()
  expect(stdout).toBe('ended\n')
  expect(existsSync(at('late'))).toBe(true)
  expect(existsSync(at('is-frozen'))).toBe(false)
})

test('what cannot be frozen, such as what somebody else has frozen, is not thawed', () => {
  tool('fsfreeze', 'echo "fsfreeze: .: freeze failed: Device or resource busy" >&2; exit 1')
  const { status, stderr, calls } = freeze()
  expect([status, stderr]).toEqual([1, 'fsfreeze: .: freeze failed: Device or resource busy\n'])
  expect(calls.filter(call => call.includes('unfreeze .'))).toEqual([])
  expect(calls.at(-1)).toBe('systemctl --quiet stop vhacs-thaw-c0.timer vhacs-thaw-c0.service')
})

test('a directory on which nothing is mounted is not frozen: that would be the file system below', () => {
  tool('stat', 'echo 64')
  const { status, stderr, calls } = freeze()
  expect([status, stderr]).toEqual([1, `nothing is mounted on ${at('clouds/c0')}\n`])
  expect(calls.some(call => call.startsWith('fsfreeze'))).toBe(false)
})

test('nothing is frozen without the timer', () => {
  tool('systemd-run', 'echo "Failed to start transient timer unit" >&2; exit 1')
  const { status, calls } = freeze()
  expect(status).toBe(1)
  expect(calls.some(call => call.startsWith('fsfreeze'))).toBe(false)
})

test('what does not reach the disk in time is not frozen', () => {
  tool('sync', 'echo "161.00 1.00" >proc/uptime')
  const { status, stderr, calls } = freeze()
  expect([status, stderr]).toEqual([1, `what was written to ${at('clouds/c0')} did not reach its disk within 60 s\n`])
  expect(calls.some(call => call.startsWith('fsfreeze'))).toBe(false)
})

test('the timer of an earlier call is waited for', () => {
  tool('systemctl', 'case "$*" in *is-active*) [ ! -e left ] || exit 0; exit 3 ;; esac')
  writeFileSync(at('left'), '')
  sleeping(`read -r up idle <proc/uptime; [ "\${up%.*}" -lt 103 ] || rm -f left; ${RELEASE}`)
  const { stdout, calls } = freeze()
  expect(stdout).toBe('held\n')
  expect(calls.filter(call => call.includes('is-active'))).toHaveLength(4)
})

describe('the timer of a freeze whose script was killed', () => {
  /** Runs what the timer runs, with what systemd makes of its words; returns how often that has tried to thaw. */
  function expire(prepare: () => void): number {
    sleeping(RELEASE)
    freeze()
    writeFileSync(at('calls'), '')
    writeFileSync(at('proc/uptime'), '100.00 1.00\n')
    prepare()
    const words = readFileSync(at('unit'), 'utf8').split('\0').slice(0, -1)
    const [program = '', ...args] = words.slice(words.indexOf('--') + 1).map(word => word.replaceAll('$$', '$'))
    const { status } = spawnSync(program, args, { env: { PATH: `${at('bin')}:/usr/bin:/bin` }, timeout: 60_000 })
    expect(status).toBe(0)
    expect(['note', 'note.frozen', 'note.failed'].filter(name => existsSync(at(`run/${name}`)))).toEqual([])
    expect(existsSync(at('is-frozen'))).toBe(false)
    return callsMade().filter(call => call === 'fsfreeze --unfreeze /clouds/c0').length
  }
  const leave = (...names: readonly string[]) => {
    for (const name of names) writeFileSync(at(name), '')
  }

  test('thaws what is frozen, and removes the notes', () => {
    expect(expire(() => leave('is-frozen', 'run/note', 'run/note.frozen'))).toBe(1)
  })

  test('is content with what somebody else has thawed, or could not be frozen', () => {
    expect(expire(() => leave('run/note', 'run/note.frozen'))).toBe(1)
    expect(expire(() => leave('run/note', 'run/note.failed'))).toBe(1)
  })

  test('tries again while the freeze may still become complete', () => {
    const late = () => {
      leave('run/note')
      sleeping(`read -r up idle <proc/uptime; [ "\${up%.*}" -lt 103 ] || : >is-frozen`)
    }
    expect(expire(late)).toBe(4)
  })
})
