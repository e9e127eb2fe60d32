import { describe, expect, test } from 'vitest'
import { fakeCluster, node } from '../../../fake/cluster/cluster.ts'
import { c0 } from '../../cloud/examples.ts'
import { contentOf, given } from '../call.ts'

/** Errors that come from no tool and no node: a file that cannot be read, a bug of ours. */
const SURPRISE = 'EMFILE: too many open files'

describe('an unexpected error ends the command, and does not count as an unreachable node (failed, 1)', () => {
  test.each([
    ['storage -M', 'vgs'],
    ['storage -M', 'df'],
    ['storage -i c0', 'cat'],
    ['storage -i c0', 'lvs'],
    ['storage -u c0', 'cat'],
    ['storage -c c1 --size 1G', 'vgs'],
    ['storage -S c0', 'crm_mon'],
    ['storage -D c0 --yes', 'sh'],
  ])('%s, %s', async (line, surprising) => {
    const cluster = fakeCluster([c0])
    cluster.disturb = ({ words: [tool] }) => {
      if (tool === surprising) throw new Error(SURPRISE)
      return undefined
    }
    await given(cluster).run(line).fails(expect.stringContaining(SURPRISE))
  })

  test('a lock is not broken because of it', async () => {
    const cluster = fakeCluster([c0])
    node(cluster, 'node2').system.put('/proc/77/stat', '77 (vhacs) S')
    const lock = '<nvpair id="vhacs-lock-holder" name="vhacs-lock" value="node2 77 1000"/>'
    const set = `<cluster_property_set id="vhacs-lock">${lock}</cluster_property_set>`
    cluster.cib = cluster.cib.replace('</crm_config>', `${set}</crm_config>`)
    const before = contentOf(cluster)
    cluster.disturb = ({ words }) => {
      if (words.join(' ') === 'cat /proc/77/stat') throw new Error(SURPRISE)
      return undefined
    }
    await given(cluster).run('storage -c c1 --size 1G').fails(expect.stringContaining(SURPRISE))
    expect(contentOf(cluster)).toEqual(before)
  })
})
