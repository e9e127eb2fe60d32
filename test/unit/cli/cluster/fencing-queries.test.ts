import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FENCES_QUESTION, unresponsiveDevices } from '../../../../cli/cluster/examine/fencing/queries.ts'
import { OPENING } from '../../../../cli/cluster/examine/questions.ts'
import { fakeSystem } from '../../../fake/system.ts'

/* The scripts in a real shell, with a stonith_admin that answers like that of Pacemaker 2.1.5. */

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'vhacs-fences-'))
  tool('uname', 'echo here')
  tool('systemctl', 'exit 0')
  // no test waits
  tool('sleep', 'exit 0')
})
afterEach(() => rmSync(directory, { recursive: true }))

function tool(name: string, text: string): void {
  const path = join(directory, name)
  writeFileSync(path, `#!/bin/sh\n${text}\n`)
  chmodSync(path, 0o755)
}

function answer(): string {
  const text = OPENING + FENCES_QUESTION
  const output = execFileSync('sh', ['-s', '--', '', '', 'here', 'there', 'elsewhere'], {
    input: text,
    env: { PATH: `${directory}:/usr/bin:/bin` },
    encoding: 'utf8',
  })
  return output.slice(output.indexOf('== fences\n') + '== fences\n'.length)
}

const xml = (...ids: readonly string[]) =>
  `<pacemaker-result>\n  <list name="registered fence devices" count="${ids.length}">\n${ids
    .map(id => `    <item name="device">${id}</item>\n`)
    .join('')}  </list>\n</pacemaker-result>`

test('the devices for each other node are listed in its line', () => {
  tool('stonith_admin', `[ "$2" = there ] && echo '${xml('a', 'b')}' || echo '${xml('b')}'`)
  expect(answer()).toBe('there a b\nelsewhere b\n')
})

test('each node begins with the one after it, so that no node is the last one for all', () => {
  tool('stonith_admin', `echo '${xml('a')}'`)
  tool('uname', 'echo there')
  expect(answer()).toBe('elsewhere a\nhere a\n')
  tool('uname', 'echo elsewhere')
  expect(answer()).toBe('here a\nthere a\n')
  tool('uname', 'echo unknown')
  expect(answer()).toBe('here a\nthere a\nelsewhere a\n')
})

test('a fencer that has just received its device is queried again', () => {
  const asked = join(directory, 'asked')
  tool('stonith_admin', `if [ -e ${asked} ]; then echo '${xml('a')}'; else touch ${asked}; echo '${xml()}'; fi`)
  expect(answer()).toBe('there a\nelsewhere a\n')
})

test('a node without a device has a line without one, after repeated queries', () => {
  // a clock on which each look takes 6 seconds
  const clock = join(directory, 'clock')
  tool('date', `echo x >>${clock}; echo $(($(wc -l <${clock}) * 6))`)
  tool('stonith_admin', `echo "$2" >>${join(directory, 'questions')}; echo '${xml()}'`)
  expect(answer()).toBe('there\nelsewhere\n')
})

test('a node without Pacemaker is not queried, because stonith_admin would wait for it', () => {
  tool('systemctl', 'exit 3')
  tool('stonith_admin', 'sleep 1000')
  expect(answer()).toBe('')
})

describe('of started devices', () => {
  const device = (id: string, node = 'here') => ({ id, node, role: 'Started' })

  /** The local node runs the real shell; the other one is unreachable. */
  function node() {
    const system = fakeSystem({ '/proc/sys/kernel/hostname': 'here\n' })
    system.tools.set('env', ([command = '', ...args], { input }) => {
      const env = { PATH: `${directory}:/usr/bin:/bin` }
      const { status, stdout } = spawnSync(command, args, { input, env, encoding: 'utf8' })
      return { status: status ?? 1, stdout }
    })
    system.tools.set('ssh', () => ({ status: 255, stderr: 'No route to host\n' }))
    return system
  }

  test('devices that do not answer despite repeated queries are reported', async () => {
    const clock = join(directory, 'clock')
    tool('date', `echo x >>${clock}; echo $(($(wc -l <${clock}) * 6))`)
    tool('stonith_admin', `[ "$2" = good ]`)
    expect(await unresponsiveDevices(node(), [device('good'), device('bad')])).toEqual(new Set(['bad']))
  })

  test('one that is busy is queried again', async () => {
    const asked = join(directory, 'asked')
    tool('stonith_admin', `[ -e ${asked} ] || { touch ${asked}; exit 1; }`)
    expect(await unresponsiveDevices(node(), [device('busy')])).toEqual(new Set())
  })

  test('those on an unreachable node are not', async () => {
    tool('stonith_admin', 'exit 1')
    expect(await unresponsiveDevices(node(), [device('far', 'there')])).toEqual(new Set())
  })
})
