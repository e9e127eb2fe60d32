import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { RESCAN } from '../../../../../system/nodes/disk/client-disk.ts'
import { DRBD_SIZES, parseDrbdSizes } from '../../../../../system/nodes/disk/drbd-size.ts'

/* The scripts of a growth in a real shell, on a tree like that of the kernel of Debian 12. */

let root = ''
const at = (path: string) => join(root, path)
const IQN = 'iqn.2026-01.org.vhacs:lab:c0'

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vhacs-growth-'))
  for (const name of ['iscsiadm', 'multipathd']) {
    put(`bin/${name}`, `#!/bin/sh\necho "${name} $*" >>${at('calls')}\nexit $(cat ${at(`${name}-status`)} || echo 0)`)
    chmodSync(at(`bin/${name}`), 0o755)
  }
  put('calls', '')
})
afterEach(() => rmSync(root, { recursive: true }))

function put(path: string, text: string): void {
  mkdirSync(dirname(at(path)), { recursive: true })
  writeFileSync(at(path), text === '' ? '' : `${text}\n`)
}

/** A session with a disk, and the map over it. */
function addSession(number: number, target: string, map?: { readonly uuid: string; readonly name: string }): void {
  const session = `sys/class/iscsi_session/session${number}`
  put(`${session}/targetname`, target)
  const device = `sys/devices/host${number}/session${number}`
  const disk = `${device}/target${number}:0:0/${number}:0:0:0/block/sd${'abcdef'.charAt(number)}`
  put(`${disk}/size`, '131072')
  symlinkSync(at(device), at(`${session}/device`))
  if (map === undefined) return
  put(`${disk}/holders/dm-0/dm/uuid`, map.uuid)
  put(`${disk}/holders/dm-0/dm/name`, map.name)
}

function shell(text: string, ...values: readonly string[]) {
  const input = text.replace(/(?<=[ "])\/(?=sys\/)/g, `${root}/`)
  const env = { PATH: `${at('bin')}:/usr/bin:/bin` }
  return spawnSync('sh', ['-s', '--', ...values], { input, env, encoding: 'utf8', timeout: 60_000 })
}

const calls = () => readFileSync(at('calls'), 'utf8').split('\n').filter(Boolean)

describe('the rescan', () => {
  test('reaches each session of the target, and no other', () => {
    addSession(1, IQN)
    addSession(2, 'iqn.2026-01.org.vhacs:lab:c1')
    addSession(3, IQN)
    expect(shell(RESCAN, IQN).status).toBe(0)
    expect(calls()).toEqual(['iscsiadm --mode session --sid 1 --rescan', 'iscsiadm --mode session --sid 3 --rescan'])
  })

  test('then makes multipathd read the size of its map, and of no other holder', () => {
    addSession(1, IQN, { uuid: 'mpath-36001405aabbccdd', name: '36001405aabbccdd' })
    addSession(2, IQN, { uuid: 'CRYPT-LUKS2-1', name: 'secret' })
    expect(shell(RESCAN, IQN).status).toBe(0)
    expect(calls().slice(2)).toEqual(['multipathd resize map 36001405aabbccdd'])
  })

  test('fails where there is no session', () => {
    addSession(1, 'iqn.2026-01.org.vhacs:lab:c1')
    const { status, stderr } = shell(RESCAN, IQN)
    expect([status, stderr]).toEqual([1, `there is no session of ${IQN}\n`])
  })

  test('fails where one session cannot be reached, before multipathd is asked', () => {
    addSession(1, IQN, { uuid: 'mpath-1', name: 'one' })
    put('iscsiadm-status', '8')
    expect(shell(RESCAN, IQN).status).toBe(8)
    expect(calls()).toHaveLength(1)
  })
})

test('the sizes of DRBD devices are printed, none where there are none', () => {
  expect(parseDrbdSizes(shell(DRBD_SIZES).stdout)).toEqual(new Map())
  put('sys/block/drbd0/size', '130992')
  put('sys/block/drbd12/size', '0')
  put('sys/block/sda/size', '1')
  expect(parseDrbdSizes(shell(DRBD_SIZES).stdout)).toEqual(
    new Map([
      [0, 130_992 * 512],
      [12, 0],
    ]),
  )
})
