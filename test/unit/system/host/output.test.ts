import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeEach, expect, test, vi } from 'vitest'

beforeEach(() => {
  vi.useRealTimers()
})

const module = join(import.meta.dirname, '../../../../system/host/output.ts')

/** A program that writes this text to this descriptor and exits with 7. */
const program = (file: 1 | 2, text: string) => [
  '--input-type=module',
  '--eval',
  `const { writeOut } = await import(${JSON.stringify(module)}); writeOut(${file}, ${text}); process.exit(7)`,
]

const LENGTH = 300_000

test('a reader of a full pipe that does not block gets everything', async () => {
  const directory = mkdtempSync('/tmp/vhacs-output-')
  const path = join(directory, 'pipe')
  execFileSync('mkfifo', [path])
  const pipe = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
  try {
    const child = spawn(process.execPath, program(1, `'x'.repeat(${LENGTH})`), { stdio: ['ignore', pipe, 'inherit'] })
    const ended = once(child, 'exit')
    let length = 0
    for (const bytes = Buffer.alloc(5000); length < LENGTH; ) {
      length += await readOnce(pipe, bytes)
    }
    expect(await ended).toEqual([7, null])
    expect(length).toBe(LENGTH)
  } finally {
    closeSync(pipe)
    rmSync(directory, { recursive: true })
  }
})

/** Zero if there is nothing to read yet. */
async function readOnce(file: number, bytes: Buffer): Promise<number> {
  await new Promise(resolve => setTimeout(resolve, 1))
  try {
    return readSync(file, bytes)
  } catch {
    return 0
  }
}

test('an exit reason on a full disk does not change the exit code', async () => {
  await expect(run(2, '2>/dev/full')).rejects.toMatchObject({ code: 7 })
})

test('an incomplete output is an error', async () => {
  await expect(run(1, '>/dev/full')).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('ENOSPC') })
})

function run(file: 1 | 2, redirection: string) {
  return promisify(execFile)('sh', ['-c', `exec "$@" ${redirection}`, 'sh', process.execPath, ...program(file, "'x'")])
}
