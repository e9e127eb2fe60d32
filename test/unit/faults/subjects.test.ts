import { describe, expect, test } from 'vitest'
import { ending, remounting, stopping, unnoticed } from '../../faults/fault.ts'
import { mustSurvive, restarted, subjectName, subjectsOf } from '../../faults/subjects.ts'

const act = async () => undefined

/** Two storages, of which the first has a container. */
const LAYOUT = {
  nodes: [1, 2],
  storages: ['a', 'b'].map((name, minor) => ({
    ...{ name, minor, exporter: 1, mounter: 2, sides: [1, 2], iqn: `iqn.x:${name}`, address: `10.77.1.10${minor}` },
    directory: `/clouds/${name}`,
  })),
  containers: [{ name: 'box', storage: 'a', node: 2, directory: '/clouds/a/box' }],
}

describe('what has to outlive a fault', () => {
  test.each([
    ['all that nobody may notice', unnoticed('', act), ['a', 'b', 'a, in the container box']],
    ['nothing of a node that ends', ending([2], '', act), []],
    ['all of another node', ending([1], '', act), ['a', 'b', 'a, in the container box']],
    ['a container on a storage that stays', remounting('b', '', act), ['a', 'a, in the container box']],
    ['no container on one that is moved', remounting('a', '', act), ['b']],
    ['the mounts below a container that ends', stopping('box', '', act), ['a', 'b']],
  ])('is %s', (_, injection, expected) => {
    const survivors = subjectsOf(LAYOUT).filter(subject => mustSurvive(injection, subject))
    expect(survivors.map(subjectName)).toEqual(expected)
  })
})

describe('what was restarted', () => {
  const [mount, container] = ['a', 'a, in the container box']
  const before = new Map([
    [mount, '2:31'],
    ['b', '2:32'],
    [container, '2:one'],
    ['node1', 'first'],
    ['node2', 'second'],
  ])
  const after = new Map([
    [mount, '2:41'],
    ['b', '2:32'],
    [container, '2:two'],
    ['node1', 'third'],
    ['node2', 'second'],
  ])

  test('is named', () => {
    expect(restarted(LAYOUT, { before, after, injection: unnoticed('', act) })).toEqual([
      'node1 was rebooted',
      'a was mounted again',
      'the container box was restarted',
    ])
  })

  test('is nothing of what the fault ended', () => {
    expect(restarted(LAYOUT, { before, after, injection: remounting('a', '', act) })).toEqual(['node1 was rebooted'])
    expect(restarted(LAYOUT, { before, after, injection: ending([1], '', act) })).toEqual([
      'a was mounted again',
      'the container box was restarted',
    ])
    expect(restarted(LAYOUT, { before, after, injection: { ...ending([1], '', act), stops: ['box'] } })).toEqual([
      'a was mounted again',
    ])
    // it runs on the other node now
    const moved = { ...LAYOUT, containers: LAYOUT.containers.map(one => ({ ...one, node: 1 })) }
    expect(restarted(moved, { before, after: before, injection: ending([2], '', act) })).toEqual([])
  })
})
