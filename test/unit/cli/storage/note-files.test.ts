import { expect, test } from 'vitest'
import { noteFiles } from '../../../../cli/clouds/creation/note-files.ts'
import { fakeCluster, node } from '../../../fake/cluster/cluster.ts'
import { bare, c0 } from '../../cloud/examples.ts'
import { textOf, trackedFiles } from '../../tree/tracked-files.ts'
import { given } from '../call.ts'

/** Such as `score`, of a note whose name ends with that of a resource; a `thaw-` directory may still be mounted, a `freeze-` one is removed by its freeze, and a `filling-` or a `tree-` one is the lock of a copy. */
const words = trackedFiles
  .filter(path => /^(agents|ocf|system)\/.*\.ts$/.test(path))
  .flatMap(path =>
    [...(textOf(path) ?? '').matchAll(/\$\{RUN_DIRECTORY\}\/([\w-]+)-\$\{/g)].map(([, word = '']) => word),
  )
  .filter(word => !['thaw', 'freeze', 'filling', 'tree'].includes(word))

test('all notes that agents may have about a storage are known', () => {
  expect(words.length).toBeGreaterThanOrEqual(8)
  const known = noteFiles({ name: 'c0' }).join('\n')
  for (const word of words) expect(known).toMatch(new RegExp(`^/run/vhacs/${word}-c0(-\\w+)?$`, 'm'))
})

test('a destroyed storage leaves no notes on its nodes, and those of others are kept', async () => {
  const cluster = fakeCluster([c0, bare])
  const [first, second] = ['node1', 'node2'].map(name => node(cluster, name).system)
  const notes = [
    'score-c0-drbd',
    'degraded-c0-target',
    'degraded-c0-filesystem:deep',
    'interrupted-c0-session',
    'interrupted-c0-filesystem:deep',
    'reason-c0-drbd',
    'split-brain-c0',
    'fence-c0',
    'outage-c0-session',
    'network-c0-drbd',
    'clients-c0-drbd',
    'link-c0-session',
    'ext3-c0-filesystem',
  ]
  for (const name of [...notes, 'score-West-1-drbd', 'split-brain-c0-1']) {
    first?.put(`/run/vhacs/${name}`, 'note\n')
    second?.put(`/run/vhacs/${name}`, 'note\n')
  }
  await given(cluster).run('storage --destroy c0 --yes').succeeds()
  const left = ['score-West-1-drbd', 'split-brain-c0-1']
  expect([first, second].map(system => system?.list('/run/vhacs').filter(name => /-/.test(name)))).toEqual([left, left])
})
