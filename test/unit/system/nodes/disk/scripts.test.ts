import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DISK_FACTS, parseDiskFacts } from '../../../../../system/nodes/disk/disk-facts.ts'
import { parseIoWatch } from '../../../../../system/nodes/disk/io-samples.ts'
import { IO_WATCH } from '../../../../../system/nodes/disk/io-watch.ts'

/* The scripts in a real shell, on a tree like that of the kernel of Debian 12, with tools that do not wait. */

let root = ''
const at = (path: string) => join(root, path)
const DEVICE = 'sys/devices/platform/host2/session1/target2:0:0/2:0:0:0'

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vhacs-disk-'))
  put(`${DEVICE}/state`, 'running')
  put(`${DEVICE}/wwid`, 'naa.6001405aabbccdd')
  put(
    'sys/block/sda/stat',
    '      10        0      80        1       5        0        0        0        0        3        4',
  )
  put('sys/block/sda/size', '131072')
  symlinkSync(at(DEVICE), at('sys/block/sda/device'))
  put('sys/class/iscsi_session/session1/state', 'LOGGED_IN')
  put('sys/class/iscsi_session/session1/targetname', 'iqn.2026-01.org.vhacs:lab:c0')
  put('sys/class/iscsi_connection/connection1:0/state', 'up')
  put('sys/class/iscsi_connection/connection1:0/persistent_address', '10.77.1.100')
  put('sys/class/iscsi_connection/connection1:0/persistent_port', '3260')
  put('proc/uptime', '100.00 1.00')
  put('dev/sda', '')
  symlinkSync('sda', at('dev/link'))
})
afterEach(() => rmSync(root, { recursive: true }))

function put(path: string, text: string): void {
  mkdirSync(dirname(at(path)), { recursive: true })
  writeFileSync(at(path), `${text}\n`)
}

function tool(name: string, text: string): void {
  put(`bin/${name}`, `#!/bin/sh\ncd ${root}\n${text}`)
  chmodSync(at(`bin/${name}`), 0o755)
}

/** Runs a script with its paths below the tree. */
function shell(text: string, ...values: readonly string[]) {
  const input = text.replace(/(?<=[ "<=])\/(?=(sys|proc)\/)|\/usr(?=\/lib\/udev\/)/g, path => `${root}${path}`)
  return spawnSync('sh', ['-s', '--', ...values], {
    input,
    env: { PATH: `${at('bin')}:/usr/bin:/bin` },
    encoding: 'utf8',
    timeout: 60_000,
  })
}

describe('the watch', () => {
  const watch = (limit = '50') => shell(IO_WATCH, at('dev/link'), at('dev/sda'), at('run/flag'), limit)

  /** What happens at each sample, by its number; a read hangs until the watch ends. */
  function scenario(steps: Readonly<Record<number, string>>): void {
    tool('dd', 'while [ -e run/flag ]; do /bin/sleep 0.02; done')
    const cases = Object.entries(steps).map(([number, step]) => `${number}) ${step};;`)
    tool(
      'sleep',
      `[ -e run/flag ] || exit 0
read -r n <step || n=0; n=$((n + 1)); echo $n >step
echo "$((100 + n)).00 1.00" >proc/uptime
case $n in
${cases.join('\n')}
esac`,
    )
    put('step', '0')
  }
  const session = (state: string) => `echo ${state} >sys/class/iscsi_session/session1/state`
  const reads = (count: number) => `echo "${count} 0 80 1 5 0 0 0 0 3 4" >sys/block/sda/stat`

  test('shows how the session is lost and comes back, and for how long the disk completes nothing', () => {
    scenario({
      1: reads(11),
      2: `${session('FAILED')}; echo blocked >${DEVICE}/state; echo down >sys/class/iscsi_connection/connection1:0/state`,
      5: `${session('LOGGED_IN')}; echo running >${DEVICE}/state; rm sys/class/iscsi_connection/connection1:0/state`,
      6: reads(12),
      8: 'rm run/flag',
    })
    const { status, stdout, stderr } = watch()
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(parseIoWatch(stdout)).toEqual({
      pauseSeconds: 5,
      changes: [
        { afterSeconds: 0, session: 'LOGGED_IN', connection: 'up', disk: 'running' },
        { afterSeconds: 2, session: 'FAILED', connection: 'down', disk: 'blocked' },
        { afterSeconds: 5, session: 'LOGGED_IN', connection: 'unknown', disk: 'running' },
      ],
      errors: 0,
    })
  })

  test('goes on when the disk is gone', () => {
    scenario({ 2: `rm -r ${DEVICE} sys/block/sda sys/class/iscsi_session/session1`, 4: 'rm run/flag' })
    expect(parseIoWatch(watch().stdout).changes.at(-1)).toMatchObject({ session: 'gone', disk: 'gone' })
  })

  test('ends by itself after its limit, and removes its flag', () => {
    scenario({})
    const { status, stdout } = watch('5')
    expect(status).toBe(0)
    expect(stdout).toMatch(/\n10\d\.00 end\n$/)
    expect(existsSync(at('run/flag'))).toBe(false)
  })

  test('without a disk does not begin', () => {
    rmSync(at('dev/link'))
    const { status, stderr } = watch()
    expect([status, stderr]).toEqual([1, `there is no disk ${at('dev/link')}\n`])
    expect(existsSync(at('run/flag'))).toBe(false)
  })
})

describe('the facts', () => {
  const facts = () => shell(DISK_FACTS, at('dev/link'), at('dev/sda'), '/srv/c 0')
  beforeEach(() => {
    tool('findmnt', `[ "$6" = "/srv/c 0" ] && echo '61 /dev/sda ext3 rw,noatime'`)
    tool('dd', 'echo "$@" >>reads')
    mkdirSync(at('usr/lib/udev'), { recursive: true })
    writeFileSync(at('usr/lib/udev/scsi_id'), '#!/bin/sh\necho "$1 $2"\n')
    chmodSync(at('usr/lib/udev/scsi_id'), 0o755)
  })

  test('identify disk, session and mount; the identity is asked of the target', () => {
    const { status, stdout, stderr } = facts()
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(Object.fromEntries(parseDiskFacts(stdout))).toEqual({
      disk: at('dev/sda'),
      session: 'session1',
      state: 'LOGGED_IN',
      target: 'iqn.2026-01.org.vhacs:lab:c0',
      portal: '10.77.1.100 3260',
      sectors: '131072',
      wwid: 'naa.6001405aabbccdd',
      'page 0x80': '--whitelisted --page=0x80',
      'page 0x83': '--whitelisted --page=0x83',
      mount: '61 /dev/sda ext3 rw,noatime',
    })
  })

  test('name a block that cannot be read', () => {
    tool('dd', 'case "$*" in *skip=16383*) exit 1;; esac')
    expect(parseDiskFacts(facts().stdout).get('unreadable')).toBe(`block 16383 of ${at('dev/sda')}`)
  })
})
