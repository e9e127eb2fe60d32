import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { hostSystem } from '../../../../system/host/host.ts'
import { readStream } from '../../../../system/host/read-file.ts'

let directory = ''
beforeEach(() => {
  vi.useRealTimers()
  directory = mkdtempSync('/tmp/vhacs-read-')
})
afterEach(() => rmSync(directory, { recursive: true }))

const limits = (maxBytes: number, signal = new AbortController().signal) => ({ maxBytes, signal })
const { read, readInput } = hostSystem()
const EFBIG = expect.objectContaining({ code: 'EFBIG' })

function pipe(): string {
  const path = `${directory}/pipe`
  execFileSync('mkfifo', [path])
  return path
}

test('a device without an end is read up to the limit, and named', async () => {
  expect(() => read('/dev/zero')).toThrow(EFBIG)
  expect(() => read('/dev/zero')).toThrow('/dev/zero')
  await expect(readInput('/dev/zero', limits(2 ** 20))).rejects.toThrow(EFBIG)
})

test('so is a sparse file of which a disk holds nothing', async () => {
  const path = `${directory}/sparse`
  writeFileSync(path, '')
  truncateSync(path, 10 * 2 ** 30)
  expect(() => read(path)).toThrow(EFBIG)
  await expect(readInput(path, limits(2 ** 20))).rejects.toThrow(EFBIG)
})

test('a file of the limit is read as a whole, one of a byte more is not', async () => {
  const path = `${directory}/file`
  writeFileSync(path, 'x'.repeat(200_000))
  expect(await readInput(path, limits(200_000))).toHaveLength(200_000)
  await expect(readInput(path, limits(199_999))).rejects.toThrow(EFBIG)
})

test('the files of the kernel, which have no size, are read as a whole', () => {
  expect(read('/proc/self/mountinfo').endsWith('\n')).toBe(true)
})

test('a pipe without a writer does not block who reads the files of the node', () => {
  expect(read(pipe())).toBe('')
})

test('what an operator names may be a pipe, whose writers may be slow', async () => {
  const path = pipe()
  const reading = readInput(path, limits(2 ** 20))
  spawn('sh', ['-c', 'exec >"$1"; printf a; sleep 0.2; printf "b\\351"', 'sh', path])
  expect(await reading).toBe('ab\udce9')
})

test('a pipe without an end is read up to the limit', async () => {
  const path = pipe()
  const reading = readInput(path, limits(2 ** 20))
  const writer = spawn('sh', ['-c', 'cat /dev/zero >"$1"', 'sh', path])
  await expect(reading).rejects.toThrow(EFBIG)
  writer.kill()
})

test('an interruption ends the wait for a pipe into which nobody writes', async () => {
  const controller = new AbortController()
  const reading = readInput(pipe(), limits(2 ** 20, controller.signal))
  controller.abort(new Error('interrupted'))
  await expect(reading).rejects.toThrow('interrupted')
})

test('standard input likewise', async () => {
  const controller = new AbortController()
  const silent = new PassThrough()
  const reading = readStream(silent, limits(10, controller.signal))
  controller.abort(new Error('interrupted'))
  await expect(reading).rejects.toThrow('interrupted')
  const long = new PassThrough()
  long.end('x'.repeat(11))
  await expect(readStream(long, limits(10))).rejects.toThrow(EFBIG)
})
