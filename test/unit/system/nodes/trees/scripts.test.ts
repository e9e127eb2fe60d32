import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { EXAMINE, FURNISH } from '../../../../../system/nodes/trees/furnish.ts'
import { LOOK, PUT_IN_PLACE, REMOVE_TREE, REMOVE_UNFINISHED } from '../../../../../system/nodes/trees/place.ts'
import { UNPACK } from '../../../../../system/nodes/trees/unpack.ts'
import { systemTar, type TarMember, tarOf } from './tar-members.ts'

/* The scripts in a real shell, with the real tar, on a directory that counts as a mount. */

let root = ''
const at = (path: string) => join(root, path)
const [mount, draft, place] = [() => at('mount'), () => at('mount/.vhacs-new-web0'), () => at('mount/web0')]

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vhacs-tree-'))
  for (const path of ['mount', 'bin', 'run', 'outside']) mkdirSync(at(path))
  writeFileSync(at('outside/secret'), 'secret')
  writeFileSync(at('bin/mountpoint'), '#!/bin/sh\n[ "$3" != /unmounted ]\n')
  writeFileSync(at('bin/sync'), '#!/bin/sh\n')
  for (const name of ['mountpoint', 'sync']) chmodSync(at(`bin/${name}`), 0o755)
})
afterEach(() => rmSync(root, { recursive: true }))

/** Runs a script with what it has in /run below the directory of the test. */
function shell(text: string, values: readonly string[], input?: Buffer) {
  const here = text.replaceAll('/run/vhacs', at('run'))
  const { status, stdout, stderr } = spawnSync('sh', ['-c', here, 'sh', ...values], {
    ...(input && { input }),
    env: { PATH: `${at('bin')}:/usr/sbin:/usr/bin:/sbin:/bin` },
    timeout: 60_000,
  })
  return { status, stdout: stdout.toString(), stderr: stderr.toString() }
}

const ownId = process.getuid?.() ?? 0
const isRoot = ownId === 0
const unpack = (archive: Buffer, firstId = 0) =>
  shell(UNPACK, [mount(), draft(), at('run/lock'), String(firstId)], archive)
const furnish = () => shell(FURNISH, [draft(), 'web0'])
const examine = () => shell(EXAMINE, [draft()]).stdout.trim().replaceAll('\n', ' ')
const put = () => shell(PUT_IN_PLACE, [mount(), draft(), place()])
const look = () => shell(LOOK, [mount(), draft(), place()]).stdout.trim()
const removeUnfinished = () => shell(REMOVE_UNFINISHED, [mount(), draft(), place(), at('run/lock')])
const removeTree = () => shell(REMOVE_TREE, [mount(), draft(), place()])
const inTree = (path: string) => join(place(), path)
const modeOf = (path: string) => (lstatSync(inTree(path)).mode & 0o7777).toString(8)

describe.skipIf(!isRoot)('an image', () => {
  test('becomes a tree with its own names, and is removed again', () => {
    const image = systemTar(
      { name: './etc/hostname', text: 'builder' },
      { name: './etc/machine-id', text: '0123456789abcdef0123456789abcdef' },
      { name: './usr/sbin/su', text: 'su', mode: 0o4755 },
      { name: './sbin', type: '2', target: 'usr/sbin' },
      { name: './etc/mine', text: 'x', id: 1000 },
    )
    expect(unpack(image)).toEqual({ status: 0, stdout: '', stderr: '' })
    expect([look(), existsSync(draft())]).toEqual(['free', true])
    expect(furnish()).toEqual({ status: 0, stdout: '', stderr: '' })
    expect(examine()).toBe('usr init os-release end')
    expect(put().status).toBe(0)
    expect(readFileSync(inTree('etc/hostname'), 'utf8')).toBe('web0\n')
    expect(readFileSync(inTree('etc/machine-id'), 'utf8')).toBe('')
    expect([modeOf('usr/sbin/su'), modeOf('.'), lstatSync(inTree('etc/mine')).uid]).toEqual(['4755', '755', 1000])
    expect([look(), existsSync(draft())]).toEqual(['unfinished', false])
    expect(removeTree()).toMatchObject({ status: 0, stderr: '' })
    expect(readdirSync(mount())).toEqual([])
  })

  test('gets the ids of a user namespace, in which tar runs', () => {
    const id = 655_360
    expect(unpack(systemTar({ name: './etc/mine', text: 'x', id: 33 }), id)).toMatchObject({ status: 0, stderr: '' })
    expect(furnish().status).toBe(0)
    put()
    const owners = ['.', 'usr/sbin/init', 'etc/mine', 'etc/hostname', 'etc/machine-id'].map(
      path => lstatSync(inTree(path)).uid,
    )
    expect(owners).toEqual([id, id, id + 33, id, id])
  })

  test('whose root is of another owner gets that of the container', () => {
    unpack(
      tarOf([
        { name: './', type: '5', id: 1000 },
        { name: './usr', type: '5' },
      ]),
      655_360,
    )
    expect(lstatSync(join(draft(), 'tree')).uid).toBe(655_360)
  })

  test('with an id that no container has is refused', () => {
    expect(unpack(systemTar({ name: './etc/mine', text: 'x', id: 70_000 }), 655_360)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/etc\/mine: Cannot change ownership to uid 70000/),
    })
    expect(readdirSync(mount())).toEqual([])
  })

  test('loses its devices', () => {
    const device = (name: string): TarMember => ({ name, type: '3' })
    for (const id of [0, 655_360]) {
      expect(unpack(systemTar({ name: './dev/', type: '5' }, device('./dev/null')), id).stderr).toBe('')
      expect(readdirSync(join(draft(), 'tree/dev'))).toEqual([])
      removeUnfinished()
    }
    expect(unpack(systemTar(device('./usr/null')), 655_360).stderr).toMatch(/usr\/null: Cannot mknod/)
    expect(unpack(systemTar(device('./usr/null'))).status).toBe(0)
    expect(readdirSync(join(draft(), 'tree/usr'))).toEqual(['sbin'])
  })
})

const outside = () => at('outside')
const escapes: readonly (readonly [string, () => readonly TarMember[]])[] = [
  ['a path with ..', () => [{ name: '../../../outside/new', text: 'x' }]],
  ['.. in the middle of a path', () => [{ name: 'usr/../../../../outside/new', text: 'x' }]],
  ['an absolute path', () => [{ name: join(outside(), 'new'), text: 'x' }]],
  [
    'a file below a link to a directory outside',
    () => [
      { name: 'a', type: '2', target: outside() },
      { name: 'a/new', text: 'x' },
    ],
  ],
  [
    'a file below a link that climbs',
    () => [
      { name: 'a', type: '2', target: '../../../outside' },
      { name: 'a/new', text: 'x' },
    ],
  ],
  [
    'a file in the place of a link to a file outside',
    () => [
      { name: 'a', type: '2', target: join(outside(), 'secret') },
      { name: 'a', text: 'x' },
    ],
  ],
  [
    'a hard link to a file outside, which is then written',
    () => [
      { name: 'a', type: '1', target: join(outside(), 'secret') },
      { name: 'a', text: 'x' },
    ],
  ],
  [
    'a hard link through a link',
    () => [
      { name: 'a', type: '2', target: outside() },
      { name: 'b', type: '1', target: 'a/secret' },
      { name: 'b', text: 'x' },
    ],
  ],
  [
    'a link as the root',
    () => [
      { name: './', type: '2', target: outside() },
      { name: 'new', text: 'x' },
    ],
  ],
]

describe.skipIf(!isRoot)('nothing gets out of the tree by', () => {
  test.each(escapes)('%s', (_, members) => {
    for (const id of [0, 655_360]) {
      const { status } = unpack(tarOf(members()), id)
      expect(readdirSync(outside())).toEqual(['secret'])
      expect(readFileSync(at('outside/secret'), 'utf8')).toBe('secret')
      expect(lstatSync(at('outside/secret')).nlink).toBe(1)
      // tar goes on after what it refuses
      if (status !== 0) expect(readdirSync(mount())).toEqual([])
      removeUnfinished()
    }
  })

  test('a link of the image in the place of a directory that is written to', () => {
    unpack(
      tarOf([
        { name: 'usr', type: '5' },
        { name: 'etc', type: '2', target: outside() },
      ]),
    )
    expect(furnish()).toMatchObject({ status: 1, stderr: 'etc of the image is a link\n' })
    removeUnfinished()
    unpack(systemTar({ name: 'etc/hostname', type: '2', target: join(outside(), 'secret') }))
    expect(furnish().status).toBe(0)
    expect([readdirSync(outside()), readFileSync(at('outside/secret'), 'utf8')]).toEqual([['secret'], 'secret'])
  })
})

describe.skipIf(!isRoot)('nothing is left of an image that', () => {
  test.each([
    ['is cut off', () => systemTar({ name: './usr/long', text: 'x'.repeat(5000) }).subarray(0, 4000), /Unexpected EOF/],
    ['is no archive', () => Buffer.alloc(5000, 'x'), /does not look like a tar archive/],
    ['is empty', () => Buffer.alloc(0), /does not look like a tar archive|^$/],
  ])('%s', (_, image, why) => {
    const { status, stderr } = unpack(image())
    expect(stderr).toMatch(why)
    if (status !== 0) expect(readdirSync(mount())).toEqual([])
  })

  test('is not the root of an operating system, once that was undone', () => {
    unpack(tarOf([{ name: 'README', text: 'x' }]))
    expect(examine()).toBe('end')
    expect(removeUnfinished().status).toBe(0)
    expect(readdirSync(mount())).toEqual([])
  })
})

describe('a tree is not', () => {
  test('unpacked, looked at or removed where nothing is mounted', () => {
    const values = ['/unmounted', '/unmounted/.vhacs-new-web0', '/unmounted/web0', '0']
    for (const text of [UNPACK, LOOK, PUT_IN_PLACE, REMOVE_TREE, REMOVE_UNFINISHED])
      expect(shell(text, values)).toMatchObject({ status: 1, stderr: 'nothing is mounted on /unmounted\n' })
  })

  test.skipIf(!isRoot)('put in the place of anything', () => {
    unpack(systemTar())
    mkdirSync(place())
    expect(put().stderr).toBe(`${place()} exists\n`)
    expect(look()).toBe('directory')
  })

  test.skipIf(!isRoot)('removed as unfinished because of a mark that its container has made', () => {
    mkdirSync(place())
    writeFileSync(inTree('.vhacs-new'), '')
    chownSync(inTree('.vhacs-new'), 655_360, 655_360)
    expect([look(), removeUnfinished().status, look()]).toEqual(['directory', 0, 'directory'])
  })

  test.skipIf(!isRoot)('removed without its mark as unfinished', () => {
    mkdirSync(inTree('usr'), { recursive: true })
    mkdirSync(join(draft(), 'tree'), { recursive: true })
    expect(removeUnfinished().status).toBe(0)
    expect(readdirSync(mount())).toEqual(['web0'])
    writeFileSync(inTree('.vhacs-new'), '')
    expect(removeUnfinished().status).toBe(0)
    expect(readdirSync(mount())).toEqual([])
  })

  test('removed by way of a link, or outside of the mount', () => {
    spawnSync('ln', ['-s', outside(), place()])
    expect(removeTree()).toMatchObject({
      status: 1,
      stderr: `${place()} is not a directory, or has a link in its path\n`,
    })
    const elsewhere = shell(REMOVE_TREE, [mount(), draft(), outside()])
    expect(elsewhere).toMatchObject({ status: 1, stderr: `${outside()} is not below ${mount()}\n` })
    expect(readdirSync(outside())).toEqual(['secret'])
  })

  test('missing, when it is removed again', () => expect(removeTree().status).toBe(0))
})
