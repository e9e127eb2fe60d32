import { hash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { streamTool } from '../../../../../system/host/tools/stream-tool.ts'
import { ToolMissing } from '../../../../../system/system.ts'

const sh = { name: 'sh', package: 'dash' }
const MIB = 2 ** 20

function run(text: string, options: { input?: AsyncIterable<Uint8Array>; signal?: AbortSignal } = {}) {
  return streamTool(sh, ['-c', text], { ...options, inOwnGroup: true })
}

/** All that a tool prints, and how it ended. */
async function ended(running: ReturnType<typeof streamTool>) {
  const pieces: Uint8Array[] = []
  for (;;) {
    const next = await running.next()
    if (next.done) return { bytes: Buffer.concat(pieces), finished: next.value }
    pieces.push(next.value)
  }
}

async function* zeros(count: number) {
  for (let index = 0; index < count; index += 1) yield new Uint8Array(MIB)
}

describe('a tool between two streams', () => {
  test('gets its input, and its output is complete', async () => {
    const { bytes, finished } = await ended(run('cat; printf end', { input: zeros(20) }))
    expect(bytes.length).toBe(20 * MIB + 3)
    expect(hash('sha1', bytes.subarray(0, -3))).toBe(hash('sha1', Buffer.alloc(20 * MIB)))
    expect(finished).toMatchObject({ status: 0, stderr: '' })
  })

  test('may fail, with the end of what it printed to stderr', async () => {
    const { finished } = await ended(run('head -c 200000 /dev/zero | tr "\\0" x >&2; echo why >&2; exit 3'))
    expect(finished.status).toBe(3)
    expect(finished.stderr).toHaveLength(65_536)
    expect(finished.stderr).toMatch(/xwhy\n$/)
  })

  test('may end before it has read its input', async () => {
    const { finished } = await ended(run('exit 5', { input: zeros(50) }))
    expect(finished.status).toBe(5)
  })

  test('that is not installed is refused', async () => {
    const running = streamTool({ name: 'no-such-tool', package: 'none' }, [], { inOwnGroup: true })
    await expect(running.next()).rejects.toThrow(ToolMissing)
  })
})

describe('a tool is killed', () => {
  const isGone = (pid: number) => {
    try {
      process.kill(pid, 0)
      return false
    } catch {
      return true
    }
  }
  /** Its process, and that of a child. */
  const pidsOf = async (running: ReturnType<typeof streamTool>) => {
    const { value } = await running.next()
    return String(value).trim().split(' ').map(Number)
  }
  const SLEEPS = 'sleep 60 & echo $$ $!; cat >/dev/null; wait'
  const expectGone = (pids: readonly number[]) => expect.poll(() => pids.every(isGone), { timeout: 5000 }).toBe(true)

  test('by the signal, with what it has started', async () => {
    const controller = new AbortController()
    const running = run(SLEEPS, { signal: controller.signal })
    const pids = await pidsOf(running)
    controller.abort(new Error('interrupted'))
    await expect(running.next()).rejects.toThrow('interrupted')
    await expectGone(pids)
  })

  test('by an error of its input, which is thrown', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const input = async function* () {
      yield new Uint8Array(10)
      await promise
      throw new RangeError('it ends early')
    }
    const running = run(SLEEPS, { input: input() })
    const pids = await pidsOf(running)
    resolve()
    await expect(running.next()).rejects.toThrow(new RangeError('it ends early'))
    await expectGone(pids)
  })

  test('when its output is not wanted any more', async () => {
    const running = run(SLEEPS)
    const pids = await pidsOf(running)
    await running.return(undefined as never)
    await expectGone(pids)
  })
})
