import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

const MODULE = join(import.meta.dirname, '../../../../../system/host/network/byte-output.ts')

/** A process that writes to a pipe, whose other end has a shell command; what both print. They meet by a file, $NOTE. */
function piped(body: string, reader: string) {
  const directory = mkdtempSync(join(tmpdir(), 'vhacs-output-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const script = `
    import { existsSync, writeFileSync } from 'node:fs'
    import { setTimeout } from 'node:timers/promises'
    const { byteOutput } = await import(${JSON.stringify(MODULE)})
    const controller = new AbortController()
    process.on('SIGINT', () => controller.abort(new Error('interrupted')))
    const output = byteOutput(controller.signal)
    try { ${body} } catch (error) { console.error(error.code ?? error.message) }
    writeFileSync(process.env.NOTE, '')`
  const pipe = `"$0" --input-type=module --eval "$1" | { ${reader}; }`
  const env = { ...process.env, NOTE: join(directory, 'note') }
  const { stdout, stderr } = spawnSync('sh', ['-c', pipe, process.execPath, script], { env, encoding: 'utf8' })
  return { stdout, stderr: stderr.trim() }
}

const WAIT = 'while [ ! -e "$NOTE" ]; do sleep 0.1; done'

test('its reader gets all bytes, and the end before the process ends', () => {
  const body = `
    for (let index = 0; index < 20; index += 1) await output.write(Buffer.alloc(100_000, index))
    await output.end()
    for (let wait = 0; wait < 200 && !existsSync(process.env.NOTE); wait += 1) await setTimeout(100)
    console.error(existsSync(process.env.NOTE))`
  expect(piped(body, 'wc -c; : >"$NOTE"')).toEqual({ stdout: '2000000\n', stderr: 'true' })
})

test('a reader that does not read keeps nobody from interrupting it', () => {
  const body =
    "void setTimeout(200).then(() => process.kill(process.pid, 'SIGINT')); await output.write(Buffer.alloc(1_000_000))"
  expect(piped(body, WAIT)).toEqual({ stdout: '', stderr: 'interrupted' })
})

test('a reader that is gone is an error', () => {
  expect(piped('await setTimeout(500); await output.write(Buffer.alloc(1_000_000))', 'true').stderr).toBe('EPIPE')
})
