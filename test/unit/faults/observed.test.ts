import { describe, expect, test } from 'vitest'
import { heldIn, overlapFinder, type Sample } from '../../faults/observed.ts'
import { randomFrom } from '../../faults/random.ts'

const WHAT = 'primary of minor 0'

const sample = (node: number, from: number, ...held: string[]): Sample => ({
  ...{ node, from, to: from + 10, held: new Set(held) },
})

function found(...samples: Sample[]) {
  const find = overlapFinder()
  return samples.flatMap(one => find(one))
}

describe('two nodes at once', () => {
  test('are found when one had it before and after the other had it', () => {
    const overlaps = found(sample(1, 0, WHAT), sample(2, 20, WHAT), sample(1, 40, WHAT))
    expect(overlaps).toEqual([{ what: WHAT, nodes: [1, 2], at: 30 }])
  })

  test.each<[string, Sample[]]>([
    ['it moved', [sample(1, 0, WHAT), sample(2, 20, WHAT), sample(1, 40)]],
    ['they have different ones', [sample(1, 0, WHAT), sample(2, 20, 'primary of minor 1'), sample(1, 40, WHAT)]],
    ['the other one may have had it before', [sample(1, 0, WHAT), sample(2, 5, WHAT), sample(1, 40, WHAT)]],
    ['the other one may have got it afterwards', [sample(1, 0, WHAT), sample(2, 35, WHAT), sample(1, 40, WHAT)]],
    ['nothing was known of the first for long', [sample(1, 0, WHAT), sample(2, 20, WHAT), sample(1, 40_000, WHAT)]],
    ['it went there and back', [sample(1, 0, WHAT), sample(2, 20, WHAT), sample(2, 40), sample(1, 60)]],
  ])('are not found when %s', (_, samples) => {
    expect(found(...samples)).toEqual([])
  })
})

test('what a node holds is read from its kernel', () => {
  const drbd = `version: 8.4.11 (api:1/proto:86-101)
srcversion: F73C670A7EC572DB9CF3E5B
 0: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----
    ns:6 nr:0 dw:6 dr:930 al:1 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:0
 1: cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate C r-----
    ns:6 nr:0 dw:6 dr:930 al:1 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:0
`
  const mounts = '30 1 8:16 / / rw - ext4 /dev/vda rw\n31 30 8:16 / /clouds/a rw,relatime - ext3 /dev/sda rw'
  const targets = 'iqn.2026-01.x:a 1\niqn.2026-01.x:b 0'
  expect([...heldIn(`== drbd\n${drbd}\n== mounts\n${mounts}\n== targets\n${targets}\n== containers\nbox\n`)]).toEqual([
    'primary of minor 0',
    'mount of /clouds/a',
    'export of iqn.2026-01.x:a',
    'container box',
  ])
})

test('a node without any module holds nothing', () => {
  expect(heldIn('== drbd\n== mounts\n== targets\n').size).toBe(0)
})

describe('a seed', () => {
  test('decides what is chosen', () => {
    const choice = (seed: number) => randomFrom(seed).shuffled([1, 2, 3, 4, 5, 6, 7, 8])
    expect(choice(7)).toEqual(choice(7))
    expect(choice(7)).not.toEqual(choice(8))
  })

  test('leaves nothing out', () => {
    const random = randomFrom(1)
    const seen = new Set(Array.from({ length: 200 }, () => random.below(5)))
    expect([...seen].toSorted()).toEqual([0, 1, 2, 3, 4])
  })
})
