import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { bytesOf, commandOf, textOf } from '../../../../system/host/byte-text.ts'
import { hostSystem } from '../../../../system/host/host.ts'

// the tools of this machine keep its time
beforeEach(() => {
  vi.useRealTimers()
})

const CASES = [
  ['ASCII', [0x2f, 0x6d, 0x6e, 0x74], '/mnt'],
  ['UTF-8', [0x63, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80], 'cé€😀'],
  ['Latin-1', [0x63, 0x61, 0x66, 0xe9], 'caf\udce9'],
  ['Latin-1 between UTF-8', [0xc3, 0xa9, 0xe9, 0x2f, 0xe9, 0xc3, 0xa9], 'é\udce9/\udce9é'],
  ['a character cut short', [0xe2, 0x82], '\udce2\udc82'],
  ['an overlong slash', [0xc0, 0xaf], '\udcc0\udcaf'],
  ['a surrogate', [0xed, 0xb3, 0xa9], '\udced\udcb3\udca9'],
  ['a character beyond Unicode', [0xf5, 0x80, 0x80, 0x80], '\udcf5\udc80\udc80\udc80'],
] as const

test.each(CASES)('bytes that are %s have a text of their own', (_, bytes, text) => {
  expect(textOf(Buffer.from(bytes))).toBe(text)
  expect([...bytesOf(text)]).toEqual([...bytes])
})

test('any bytes come back from their text', () => {
  let seed = 17
  const next = (limit: number) => {
    seed = (seed * 48271) % 2147483647
    return seed % limit
  }
  for (let round = 0; round < 2000; round += 1) {
    const bytes = Buffer.from(Array.from({ length: next(12) }, () => (next(3) === 0 ? next(256) : 0x80 + next(0x80))))
    expect([...bytesOf(textOf(bytes))]).toEqual([...bytes])
  }
})

describe('a node whose paths are not UTF-8', () => {
  const directory = mkdtempSync(`${tmpdir()}/bytes-`)
  afterAll(() => rmSync(directory, { recursive: true }))
  const system = hostSystem()
  const sh = { name: 'sh', package: 'dash' }
  const place = `${directory}/caf\udce9`

  test('has them made, listed, followed, read and removed', async () => {
    await system.makeDirectory(place)
    expect(system.list(directory)).toEqual(['caf\udce9'])
    await system.write(`${place}/a`, '\udcff\n', { permissions: 0o600 })
    await system.link(`${place}/a`, `${place}/b\udce9`)
    expect(system.readLink(`${place}/b\udce9`)).toBe(`${place}/a`)
    expect(system.realPath(`${place}/b\udce9`)).toBe(`${place}/a`)
    expect(system.read(`${place}/b\udce9`)).toBe('\udcff\n')
    expect(system.stat(place).kind).toBe('directory')
    expect(system.mountId(place)).toBeGreaterThan(0)
    expect([...(await system.readBytes(`${place}/a`, 0, 9))]).toEqual([0xff, 0x0a])
    await system.rename(`${place}/a`, `${place}/c\udce9`)
    for (const name of ['b', 'c']) await system.remove(`${place}/${name}\udce9`)
    await system.removeDirectory(place)
    expect(system.list(directory)).toEqual([])
  })

  test.each([
    ['no UTF-8', ['\udce9']],
    ['newlines at the end and blanks', [' a b\udce9\n\n', '\n']],
    ['text that a shell would take for its own', ['$(id)\udce9`id`', "';id;'", '\\0101%s', '-e', '']],
  ])('has tools called with arguments of %s', async (_, args) => {
    const { stdout, status } = await system.run(sh, ['-c', 'printf "%s|" "$@" | od -An -v -tx1', '\udce9', ...args])
    expect(status).toBe(0)
    const printed = Buffer.from(stdout.replace(/\s/g, ''), 'hex')
    expect(textOf(printed)).toBe(args.map(arg => `${arg}|`).join(''))
  })
})

test('a command line of plain UTF-8 is run without a shell', () => {
  expect(commandOf('/bin/umount', ['--', '/mnt/é'])).toEqual(['/bin/umount', '--', '/mnt/é'])
})
