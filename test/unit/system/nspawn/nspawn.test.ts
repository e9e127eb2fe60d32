import { describe, expect, test } from 'vitest'
import { otherContainers, treeAt } from '../../../../system/nspawn/containers.ts'
import { pathInTree } from '../../../../system/nspawn/path-in-tree.ts'
import { endText, parseUnitState } from '../../../../system/nspawn/unit.ts'
import { parseMountInfo } from '../../../../system/proc/mountinfo.ts'
import { started, stopped } from '../../../fake/nodes/nspawn-container.ts'
import { fakeSystem } from '../../../fake/system.ts'
import { directory, link } from '../../../fake/tree.ts'

describe('a path in a tree', () => {
  const system = fakeSystem({ '/t/usr/lib/systemd/systemd': '', '/usr/bin/dash': '', '/t/usr/bin/dash': '' })
  system.put('/t/lib', link('usr/lib'))
  system.put('/t/sbin', directory())
  system.put('/t/sbin/init', link('/lib/systemd/systemd'))
  system.put('/t/sbin/up', link('../../../../../usr/bin/dash'))
  system.put('/t/sbin/host', link('/../etc/shadow'))
  system.put('/t/sbin/circle', link('circle'))
  system.put('/etc/shadow', '')

  test.each([
    ['/sbin/init', '/t/usr/lib/systemd/systemd'],
    ['/lib/systemd/systemd', '/t/usr/lib/systemd/systemd'],
    ['/../../t/usr//bin/./dash', undefined],
    ['/sbin/up', '/t/usr/bin/dash'],
    ['/sbin/host', undefined],
    ['/sbin/circle', undefined],
    ['/sbin/init/x', undefined],
    [`/${'x'.repeat(300)}`, undefined],
  ])('%s leads to %s', (path, place) => {
    expect(pathInTree(system, '/t', path)).toBe(place)
  })
})

test.each([
  ['/clouds/c0/web', { device: '8:0', directory: '/web' }],
  ['/clouds/c0', { device: '8:0', directory: '/' }],
  ['/clouds/c00', { device: '254:0', directory: '/clouds/c00' }],
  ['/bound/web', { device: '8:0', directory: '/web/web' }],
])('the tree at %s is %j', (path, tree) => {
  const mounts = parseMountInfo(
    [
      '21 1 254:0 / / rw - ext4 /dev/vda rw',
      '30 21 8:0 / /clouds/c0 rw - ext3 /dev/sda rw',
      '31 21 8:0 /web /bound rw - ext3 /dev/sda rw',
      '',
    ].join('\n'),
  )
  expect(treeAt(mounts, path)).toEqual(tree)
})

test('the state of a unit is what systemctl shows', () => {
  const text = [
    ...['Result=exit-code', 'ExecMainStatus=1', 'StatusText=Container running: a=b \u001b[1m', 'ActiveState=failed'],
    ...['InvocationID=0123456789abcdef0123456789abcdef', ''],
  ].join('\n')
  expect(parseUnitState(text)).toEqual({
    ...{ active: 'failed', result: 'exit-code', status: '1', invocation: '0123456789abcdef0123456789abcdef' },
    statusText: 'Container running: a=b \\u001b[1m',
  })
  expect(parseUnitState('ActiveState=maintenance\n').active).toBe('other')
  expect(parseUnitState('ActiveState=inactive\nJob=712\n').active).toBe('activating')
  expect(parseUnitState('ActiveState=inactive\nJob=\n').active).toBe('inactive')
  expect(() => parseUnitState('garbage')).toThrow('does not tell')
})

test.each([
  [{ result: 'exit-code', status: '1' }, 'it exited with 1'],
  [{ result: 'success', status: '' }, 'it exited with 0'],
  [{ result: 'signal', status: '9' }, 'a signal ended it (9)'],
  [{ result: 'oom-kill', status: '9' }, 'the kernel ran out of memory and killed a process of it'],
  [{ result: 'timeout', status: '0' }, 'timeout'],
])('the end %j is: %s', (state, text) => {
  expect(endText({ active: 'failed', statusText: '', invocation: '', ...state })).toBe(text)
})

test('the containers of other units are found with their names and trees', async () => {
  const { system, node } = await started()
  system.put('/mnt/c0/web-1/x', '')
  node.startByHand('web-1', '/mnt/c0/web-1')
  node.startByHand('x', '/mnt/c0/root', 'test.service')
  expect(otherContainers(system, 'vhacs-nspawn-c0.service')).toMatchObject([
    { machine: 'web-1', unit: 'machine-web\\x2d1.scope', tree: { device: '8:240', directory: '/web-1' } },
    { machine: undefined, unit: 'test.service', tree: { device: '8:240', directory: '/root' } },
  ])
  expect(otherContainers(system, 'test.service')[0]).toMatchObject({ machine: 'c0', unit: 'vhacs-nspawn-c0.service' })
  expect(otherContainers(stopped().system, 'x')).toEqual([])
})
