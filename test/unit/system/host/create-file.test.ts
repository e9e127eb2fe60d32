import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { hostSystem } from '../../../../system/host/host.ts'

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'vhacs-create-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

const system = hostSystem()
const bytes = Uint8Array.of(0, 255, 128, 10)

test('it has the bytes, and only its owner may read it, whatever the mask', async () => {
  const path = join(directory, 'x')
  const mask = process.umask(0)
  try {
    await system.createFile(path, bytes)
  } finally {
    process.umask(mask)
  }
  expect([...readFileSync(path)]).toEqual([...bytes])
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(readdirSync(directory)).toEqual(['x'])
})

test.each([
  'a file',
  'a directory',
  'a link to nothing',
])('%s that exists is kept, and nothing else is left', async kind => {
  const path = join(directory, 'x')
  if (kind === 'a file') writeFileSync(path, 'mine')
  else if (kind === 'a directory') mkdirSync(path)
  else symlinkSync('/nonexistent', path)
  await expect(system.createFile(path, bytes)).rejects.toMatchObject({ code: 'EEXIST' })
  expect(readdirSync(directory)).toEqual(['x'])
  if (kind === 'a file') expect(readFileSync(path, 'utf8')).toBe('mine')
})

test('a directory that does not exist', async () => {
  await expect(system.createFile(join(directory, 'none', 'x'), bytes)).rejects.toMatchObject({ code: 'ENOENT' })
})

test.skipIf(process.geteuid?.() !== 0)('without room nothing is left', async () => {
  // a device without any
  chmodSync(directory, 0o755)
  const { spawnSync } = await import('node:child_process')
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', directory])
  if (mounted.status !== 0) return
  try {
    await expect(system.createFile(join(directory, 'x'), new Uint8Array(1_000_000))).rejects.toMatchObject({
      code: 'ENOSPC',
    })
    expect(readdirSync(directory)).toEqual([])
  } finally {
    spawnSync('umount', [directory])
  }
})
