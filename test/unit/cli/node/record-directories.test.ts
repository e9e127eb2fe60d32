import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { RECORD_DIRECTORIES } from '../../../../cli/clouds/prepare-mounts.ts'

/* The script in a real shell. `iscsiadm --mode iface` creates the directory of interfaces where it has its records (usr/iface.c). */

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vhacs-records-'))
  for (const name of ['bin', 'first', 'second']) mkdirSync(join(root, name))
})
afterEach(() => rmSync(root, { recursive: true }))

function run(iscsiadm: string) {
  writeFileSync(join(root, 'bin/iscsiadm'), `#!/bin/sh\ncd ${root}\n${iscsiadm}\n`)
  chmodSync(join(root, 'bin/iscsiadm'), 0o755)
  const databases = ['first', 'second', 'absent'].map(name => join(root, name))
  return spawnSync('sh', ['-s', '--', ...databases], {
    input: RECORD_DIRECTORIES,
    env: { PATH: `${join(root, 'bin')}:/usr/bin:/bin` },
    encoding: 'utf8',
  })
}
const databases = () => ['first', 'second'].map(name => readdirSync(join(root, name)).sort())

test('the directories are created in the database of this iscsiadm, and may be there already', () => {
  for (const _ of [1, 2]) {
    expect(run('mkdir -p second/ifaces; echo "default tcp"')).toMatchObject({ status: 0, stdout: '', stderr: '' })
    expect(databases()).toEqual([[], ['ifaces', 'nodes']])
  }
})

test('an iscsiadm that cannot create its directory is reported', () => {
  expect(run('echo "iscsiadm: Could not make /etc/iscsi/ifaces" >&2; exit 6')).toMatchObject({
    status: 6,
    stderr: 'iscsiadm: Could not make /etc/iscsi/ifaces\n',
  })
})

test('a directory that cannot be created is reported', () => {
  const { status, stderr } = run('mkdir second/ifaces; : >second/nodes')
  expect([status, stderr]).toEqual([1, expect.stringContaining('/second/nodes')])
})
