import { parseSections, wordsIn } from '../../cli/cluster/examine/examination.ts'
import { isUnreadable, parseProcDrbd } from '../../system/drbd/proc-drbd.ts'
import { parseMountInfo } from '../../system/proc/mountinfo.ts'

/** What only one node may have at a time, each with a word for it: `primary of minor 3`, `mount of /clouds/a`, `export of iqn…`, `container web0`. */
export type Held = ReadonlySet<string>

/** A node's state at some moment between two moments of this machine, in milliseconds. */
export interface Sample {
  readonly node: number
  readonly from: number
  readonly to: number
  readonly held: Held
}

/** A role that two nodes had at once. */
export interface Overlap {
  readonly what: string
  readonly nodes: readonly [number, number]
  readonly at: number
}

/** Between two samples of a node that are further apart, it may have lost a role and got it again. */
const APART_MILLISECONDS = 3000

/** @throws Error if a part is not in the kernel's format. */
export function heldIn(text: string): Held {
  const sections = parseSections(text)
  return new Set([
    ...primariesIn(sections.get('drbd') ?? ''),
    ...mountsIn(sections.get('mounts') ?? ''),
    ...exportsIn(sections.get('targets') ?? ''),
    ...wordsIn({ sections }, 'containers').map(name => `container ${name}`),
  ])
}

function primariesIn(text: string): string[] {
  if (text.trim() === '') return [] // the module is not loaded
  return [...parseProcDrbd(text).minors]
    .filter(([, minor]) => typeof minor === 'object' && !isUnreadable(minor) && minor.role === 'Primary')
    .map(([number]) => `primary of minor ${number}`)
}

function mountsIn(text: string): string[] {
  const ours = parseMountInfo(text.trim()).filter(({ mountPoint }) => mountPoint.startsWith('/clouds/'))
  return ours.map(({ mountPoint }) => `mount of ${mountPoint}`)
}

function exportsIn(text: string): string[] {
  const lines = text.split('\n').map(line => line.split(' '))
  return lines.filter(([, isEnabled]) => isEnabled === '1').map(([iqn]) => `export of ${iqn}`)
}

/**
 * Says of each sample which roles two nodes have had at once: of a node that had one before and after another node had it. What one
 * node had and another has later is a move.
 */
export function overlapFinder(): (sample: Sample) => Overlap[] {
  const last = new Map<number, Sample>()
  const between = new Map<number, Sample[]>()
  return sample => {
    const before = last.get(sample.node)
    const others = between.get(sample.node) ?? []
    last.set(sample.node, sample)
    between.set(sample.node, [])
    for (const [node, samples] of between) if (node !== sample.node) samples.push(sample)
    if (before === undefined || sample.from - before.to > APART_MILLISECONDS) return []
    const inside = others.filter(other => other.from >= before.to && other.to <= sample.from)
    return inside.flatMap(other => overlapsOf(before, other, sample))
  }
}

function overlapsOf(before: Sample, other: Sample, after: Sample): Overlap[] {
  const shared = [...other.held].filter(what => before.held.has(what) && after.held.has(what))
  return shared.map(what => ({ what, nodes: [after.node, other.node], at: other.to }))
}
