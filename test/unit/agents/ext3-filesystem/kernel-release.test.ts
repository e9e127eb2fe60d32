import { expect, test } from 'vitest'
import { exit } from '../../../../ocf/exit.ts'
import { other, started, stop } from '../../../fake/nodes/ext3-filesystem.ts'

const timeout = { OCF_RESKEY_CRM_meta_timeout: '20000' }

/** A mount that the kernel holds by a swap file, and by a loop device that is mounted itself, until both have ended. */
async function held() {
  const { system, table } = await started()
  const mount = table.at(-1)
  if (mount) mount.isHeld = true
  system.put('/proc/swaps', 'Filename Type Size Used Priority\n/mnt/c0/s\\040w file 1 0 -2\n/srv/swap file 1 0 -2\n')
  system.put('/sys/block/loop3/loop/backing_file', '/mnt/c0/image\n')
  system.put('/sys/block/loop3/dev', '7:3\n')
  system.put('/sys/block/loop4/loop/backing_file', '/srv/image\n')
  table.unshift({ ...other, device: '7:3', source: '/dev/loop3', mountPoint: '/media' })
  const holders = new Set(['swap', 'loop'])
  const end = (holder: string) => () => {
    holders.delete(holder)
    if (mount && holders.size === 0) mount.isHeld = false
    return 0
  }
  system.tools.set('swapoff', end('swap'))
  system.tools.set('losetup', end('loop'))
  return system
}

test('a stop switches off swap files, and unmounts and detaches loop devices, only of its own file system', async () => {
  const system = await held()
  const { code, stderr } = await stop(system)
  expect(code).toBe(exit.success)
  const changes = system.commands.filter(([tool = '']) => ['swapoff', 'losetup'].includes(tool))
  expect(changes).toEqual([
    ['swapoff', '--', '/mnt/c0/s w'],
    ['losetup', '--detach', '/dev/loop3'],
  ])
  expect(system.commands).toContainEqual(['umount', '-c', '--', '/media'])
  expect(stderr).toContain('is in use by the kernel: ran losetup --detach /dev/loop3')
})

test.each(['safe', 'no'])('a stop with force_unmount=%s only names them', async force => {
  const system = await held()
  const { reasons } = await stop(system, { force_unmount: force }, timeout)
  expect(reasons).toEqual([expect.stringContaining('swap file /mnt/c0/s w (swapoff /mnt/c0/s w), loop device loop3')])
  expect(system.commands.some(([tool]) => tool === 'swapoff' || tool === 'losetup')).toBe(false)
})

test('a stop whose swap file cannot be switched off reports it once, by name', async () => {
  const system = await held()
  system.tools.set('swapoff', () => ({
    status: 255,
    stderr: 'swapoff: /mnt/c0/s w: swapoff failed: Cannot allocate memory\n',
  }))
  const { code, stderr } = await stop(system, {}, timeout)
  expect(code).toBe(exit.genericError)
  expect(stderr.match(/WARNING: swapoff -- \/mnt\/c0\/s w exited with 255/g)).toHaveLength(1)
})
