import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { COLLECT, STATE_BYTES } from '../../../../../cli/cluster/report/collect-script.ts'
import { type Collected, parseCollected } from '../../../../../cli/cluster/report/collected.ts'
import { LOG_BYTES } from '../../../../../cli/cluster/report/commands.ts'

/* The script of the nodes, on a node with these files and commands. */

let root = ''

function setUp(): void {
  root = mkdtempSync(join(tmpdir(), 'vhacs-collect-'))
  mkdirSync(join(root, 'bin'))
  for (const tool of QUIET) put(`/bin/${tool}`, '#!/bin/sh\n', 0o755)
}

function takeDown(): void {
  rmSync(root, { recursive: true })
}

/** Of this machine, whose state is not that of a test. */
const QUIET =
  'cibadmin crm_mon crm_simulate stonith_admin corosync-quorumtool corosync-cfgtool iscsiadm lsblk findmnt dmesg'
    .concat(' journalctl pvs vgs lvs lvmconfig ip ss ps systemctl timedatectl chronyc drbdsetup drbdadm multipath')
    .split(' ')

function put(path: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text, { mode })
}

/** `limits` replaces times of the script. */
function collected(limits: readonly (readonly [RegExp, string])[] = [], bytes = 16_000_000): Collected {
  const text = COLLECT.replaceAll(/(?<![\w/])\/(?:etc|run|var|sys|proc)(?=\/)/g, path => `${root}${path}`)
  const input = limits.reduce((before, [pattern, replacement]) => before.replace(pattern, replacement), text)
  const { stdout, status } = spawnSync('/bin/sh', ['-s', '--', String(bytes), ''], {
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 25,
    env: { PATH: `${root}/bin:/usr/bin:/bin` },
  })
  expect(status).toBe(0)
  return parseCollected(stdout.replaceAll(root.slice(1), '').replaceAll('file state /', 'file state '))
}

const textIn = ({ files }: Collected, path: string) => files.find(file => file.path === path)?.text

describe('on a node with odd files, a command that prints without end, and a long log', () => {
  let found: Collected
  // once, because each run of the script starts hundreds of processes
  beforeAll(() => {
    setUp()
    put('/etc/hosts', 'one\n\ntwo')
    put('/etc/multipath.conf', '')
    put('/etc/vhacs.conf', 'file state x\nend\nexit 0\n')
    mkdirSync(join(root, 'etc/drbd.d/x.res'), { recursive: true })
    symlinkSync('/nonexistent', join(root, 'etc/drbd.d/y.res'))
    put('/etc/drbd.d/z.res', 'z\n')
    put('/bin/crm_mon', '#!/bin/sh\nexec yes passw\n', 0o755)
    put('/sys/fs/cgroup/machine.slice/vhacs-nspawn-web0.service/cgroup.events', 'populated 1\n')
    put(
      '/run/systemd/nspawn/web0.nspawn',
      '[Exec]\nEnvironment=KEY=one\\\n two\nCapability=CAP_X\n Environment = B=c\n',
    )
    put('/var/log/pacemaker/pacemaker.log', `begin\n${'line of a log\n'.repeat(LOG_BYTES / 10)}last\n`)
    found = collected()
    takeDown()
  })

  test('a file without a newline at its end, an empty one, and one with lines like those of the script', () => {
    expect(textIn(found, 'etc/hosts')).toBe('one\n\ntwo\n')
    expect(textIn(found, 'etc/multipath.conf')).toBeUndefined()
    expect(textIn(found, 'etc/vhacs.conf')).toBe('file state x\nend\nexit 0\n')
  })

  test('a directory and a broken link among the files are left out', () => {
    const ofEtc = found.files.map(({ path }) => path).filter(path => path.startsWith('etc/'))
    expect(ofEtc.toSorted()).toEqual(['etc/drbd.d/z.res', 'etc/hosts', 'etc/vhacs.conf'])
  })

  test('containers have what their control groups and settings say, without the values of variables', () => {
    expect(textIn(found, 'commands/containers.txt')?.replaceAll('# //', '# /')).toBe(
      [
        '# /sys/fs/cgroup/machine.slice/vhacs-nspawn-web0.service',
        'cgroup.events:populated 1',
        '# /run/systemd/nspawn/web0.nspawn',
        ...['[Exec]', 'Environment=KEY=(left out)', 'Capability=CAP_X', ' Environment = B=(left out)', ''],
      ].join('\n'),
    )
  })

  test('output without end is cut, and named', () => {
    expect(textIn(found, 'commands/crm_mon.txt')?.length).toBeLessThanOrEqual(STATE_BYTES)
    expect(found.remarks).toContain(`commands/crm_mon.txt: cut: only the first ${STATE_BYTES} bytes`)
  })

  test('of a long log the end is kept', () => {
    const text = textIn(found, 'logs/pacemaker.log') ?? ''
    expect(text.startsWith('line of a log\n')).toBe(true)
    expect(text.endsWith('\nlast\n')).toBe(true)
    expect(found.remarks).toContain(`logs/pacemaker.log: cut: only the last ${LOG_BYTES} bytes`)
  })
})

describe('on a quiet node', () => {
  beforeEach(setUp)
  afterEach(takeDown)

  test('a command that hangs, even one that cannot be killed, costs its own output', () => {
    // its output stays open, as of a process that hangs in the kernel
    put('/bin/crm_mon', '#!/bin/sh\necho begin\ntrap "" TERM\nsetsid sleep 20 &\nwhile :; do sleep 1; done\n', 0o755)
    put('/bin/cibadmin', '#!/bin/sh\necho "<cib/>"\n', 0o755)
    const found = collected([
      [/seconds=20/, 'seconds=1'],
      [/seconds \+ 5/, 'seconds + 2'],
    ])
    expect(textIn(found, 'commands/cib.xml')).toBe('<cib/>\n')
    expect(found.remarks).toContainEqual(expect.stringMatching(/^commands\/crm_mon\.txt: (cut|incomplete)/))
    expect(found.remarks.filter(remark => /corosync\.txt/.test(remark))).toEqual([])
    expect(spawnSync('pgrep', ['--full', join(root, 'bin/crm_mon')], { encoding: 'utf8' }).stdout).toBe('')
  }, 60_000)

  test('when the time is over, the rest is named', () => {
    const found = collected([[/-ge 100/, '-ge 0']])
    expect(found.files).toEqual([])
    expect(found.remarks).toContain('commands/cib.xml: left out, for lack of time or because there are too many')
  })

  test('a node prints no more than it may, and what is missing is named', () => {
    put('/var/log/pacemaker/pacemaker.log', 'line of a log\n'.repeat(LOG_BYTES / 10))
    const found = collected([], 1_000_000)
    const size = found.files.reduce((sum, { text }) => sum + text.length, 0)
    expect(size).toBeLessThan(1_000_000)
    expect(found.remarks).toContain('logs/kernel.log: missing, because the node printed too much or was interrupted')
  })
})
