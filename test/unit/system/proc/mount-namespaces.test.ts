import { expect, test } from 'vitest'
import { mountFinder } from '../../../../system/proc/mount-namespaces.ts'
import { parseMountInfo } from '../../../../system/proc/mountinfo.ts'

const mountOf = mountFinder(
  parseMountInfo(`1 0 0:1 / / rw - ext4 root rw
2 1 0:2 / /srv rw - tmpfs lower rw
3 2 0:3 / /srv rw - tmpfs upper rw
4 3 0:4 / /srv/a rw - tmpfs a rw
`),
)

test.each([
  ['/', 'root'],
  ['/etc', 'root'],
  ['/srvx', 'root'],
  ['/srv', 'upper'],
  ['/srv/', 'upper'],
  ['/srv/ab', 'upper'],
  ['/srv/a', 'a'],
  ['/srv/a/b (deleted)', 'a'],
  ['', undefined],
  ['socket:[1]', undefined],
  ['pipe:/srv', undefined],
])('the mount of %j is %s', (path, source) => {
  expect(mountOf(path)?.source).toBe(source)
})
