import { expect, test } from 'vitest'
import { drbdConfiguration, drbdFiles, volumeGroups } from '../../../../system/nodes/inventory.ts'
import { here } from './node.ts'

const vgs =
  '{"report":[{"vg":[{"vg_name":"vhacs","vg_free":"1024","vg_extent_size":"4096"},{"vg_name":"root","vg_free":"0","vg_extent_size":"4096"}]}]}'
const lvs = '{"report":[{"lv":[{"vg_name":"vhacs","lv_name":"c0","lv_size":"8192"}]}]}'

test('volume groups have their free space, extents and volumes', async () => {
  expect(await volumeGroups(here({ vgs, lvs }), 'here')).toEqual([
    { name: 'vhacs', freeBytes: 1024, extentBytes: 4096, volumes: { c0: 8192 } },
    { name: 'root', freeBytes: 0, extentBytes: 4096, volumes: {} },
  ])
})

test('groups and volumes whose names vhacs cannot use are left out, and do not hide others', async () => {
  const long = 'v'.repeat(100)
  const groups = vgs.replace('"root"', `"${long}"`)
  const volume = (group: string, name: string) => `{"vg_name":"${group}","lv_name":"${name}","lv_size":"4096"}`
  const volumes = lvs.replace(
    ']}]}',
    `,${volume('vhacs', long)},${volume(long, 'root')},${volume('vhacs', '--select')}]}]}`,
  )
  expect(await volumeGroups(here({ vgs: groups, lvs: volumes }), 'here')).toEqual([
    { name: 'vhacs', freeBytes: 1024, extentBytes: 4096, volumes: { c0: 8192 } },
  ])
})

test('a node without LVM has no volume groups, and without DRBD an empty configuration', async () => {
  const bare = here({ ls: 2 })
  expect(await volumeGroups(bare, 'here')).toEqual([])
  expect(await drbdFiles(bare, 'here')).toEqual([])
  expect(await drbdConfiguration(bare, 'here', text => text)).toBe('<config/>')
})

test('the files and the configuration of DRBD are read', async () => {
  const system = here({ ls: 'c0.res\nglobal_common.conf\n', drbdadm: '<config file="/etc/drbd.conf"/>' })
  expect(await drbdFiles(system, 'here')).toEqual(['c0.res', 'global_common.conf'])
  expect(await drbdConfiguration(system, 'here', text => text)).toBe('<config file="/etc/drbd.conf"/>')
})

test('a tool that fails is an error that names the node', async () => {
  await expect(volumeGroups(here({ vgs, lvs: 5 }), 'here')).rejects.toThrow(/^here: lvs .* exited with 5/)
})
