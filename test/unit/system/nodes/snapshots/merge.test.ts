import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { MERGE_STARTS, parseMergeStatus } from '../../../../../system/nodes/snapshots/merge.ts'

/* What the kernel prints: drivers/md/dm-snap.c, snapshot_status(). */

test.each([
  ['0 131072 snapshot-merge 8208/425984 16\n', 8192 * 512],
  ['0 131072 snapshot-merge 16/425984 16\n', 0],
  // another target, or an inactive volume
  ['', undefined],
  ['0 131072 snapshot-origin \n', undefined],
])('%j: %s bytes are to be copied', (text, bytes) => {
  expect(parseMergeStatus(text)).toBe(bytes)
})

test.each(['Merge failed', 'Invalid', 'Overflow'])('%s is an error', status => {
  expect(() => parseMergeStatus(`0 131072 snapshot-merge ${status}\n`)).toThrow(
    `the kernel does not copy the snapshot back: "${status}"`,
  )
})

test('a lvconvert for a snapshot is found by its words, and nothing else', () => {
  const root = mkdtempSync(join(tmpdir(), 'vhacs-merge-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  const processes = {
    1: ['sh', '-s', '--', 'vhacs/c0.monday'],
    2: ['/sbin/lvconvert', '--merge', '--', 'vhacs/c1.monday'],
  }
  const run = (words: Readonly<Record<number, readonly string[]>>) => {
    for (const [pid, [...args]] of Object.entries(words)) {
      mkdirSync(join(root, pid), { recursive: true })
      writeFileSync(join(root, pid, 'cmdline'), args.map(arg => `${arg}\0`).join(''))
    }
    const input = MERGE_STARTS.replace('/proc/', `${root}/`)
    return spawnSync('sh', ['-s', '--', 'vhacs/c0.monday'], { input, encoding: 'utf8' }).status
  }
  expect(run(processes)).toBe(1)
  expect(run({ 3: ['lvconvert', '--merge', '--', 'vhacs/c0.monday'] })).toBe(0)
})
