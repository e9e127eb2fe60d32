import type { System } from '../../system.ts'
import { excerpt } from '../answer.ts'
import { script, streamScriptOn } from '../script.ts'

/** A file system, and which of its blocks hold nothing. */
export interface BlockMap {
  readonly blockBytes: number
  readonly blocks: number
  /** The free ones, in order: the first and the last block of each run. */
  readonly free: readonly (readonly [first: number, last: number])[]
}

/** Prints the head of the file system on $1 and its groups, with the free blocks of each. */
const DUMP = script`LC_ALL=C exec dumpe2fs "$1"`

/**
 * Which blocks of the ext file system on a device of a node are free, by its bitmaps; nothing may write to it meanwhile.
 * @throws ToolFailed, RangeError for a file system that cannot be copied by them.
 */
export async function freeBlocksOn(
  system: System,
  node: string,
  device: string,
  signal: AbortSignal,
): Promise<BlockMap> {
  const parser = blockMapParser()
  const decoder = new TextDecoder()
  const dump = streamScriptOn(system, node, { text: DUMP, values: [device], looks: true, signal })
  for await (const bytes of dump) parser.add(decoder.decode(bytes, { stream: true }))
  try {
    return parser.end()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new RangeError(`the file system on ${device} of ${node} cannot be copied: ${error.message}`, { cause: error })
  }
}

/** Features by which the bitmaps do not say which blocks are free, or not alone. */
const FEATURES: Readonly<Record<string, string>> = {
  bigalloc: 'its bitmaps are about clusters of blocks',
  needs_recovery: 'its journal has not been replayed',
  journal_dev: 'it is only a journal',
}

/**
 * Reads the output of dumpe2fs piece by piece. `end` throws a RangeError if the groups do not cover the file system, or a group does not
 * have as many free blocks as it counts.
 */
export function blockMapParser(): { add(text: string): void; end(): BlockMap } {
  const map = { blockBytes: 0, blocks: 0, free: [] as [number, number][] }
  const group = { next: 0, last: -1, count: 0 }
  let failure: RangeError | undefined
  let rest = ''
  const fields: Readonly<Record<string, (value: string) => void>> = {
    'Block count': value => {
      map.blocks = wholeNumber(value)
    },
    'Block size': value => {
      map.blockBytes = wholeNumber(value)
    },
    'First block': value => {
      group.next = wholeNumber(value)
    },
    'Filesystem features': refuseFeatures,
    '  Free blocks': value => addFree(map.free, value, group),
  }
  const read = (line: string) => {
    const [, key = '', value = ''] = /^( {0,2}[A-Z][a-z ]{0,30}): ?(.*)$/.exec(line) ?? []
    if (line.startsWith('Group ')) beginGroup(line, group)
    else if (/^ {2}\d+ free blocks,/.test(line)) group.count = Number.parseInt(line, 10)
    else fields[key]?.(value.trim())
  }
  return {
    add: text => {
      const lines = `${rest}${text}`.split('\n')
      rest = lines.pop() ?? ''
      try {
        if (!failure) for (const line of lines) read(line)
      } catch (error) {
        if (!(error instanceof RangeError)) throw error
        failure = error
      }
    },
    end: () => {
      if (failure) throw failure
      const { blockBytes, blocks, free } = map
      if (blocks === 0 || ![1024, 2048, 4096].includes(blockBytes)) throw new RangeError('it is no ext file system')
      if (group.next !== blocks) throw new RangeError('the list of its groups is incomplete')
      return { blockBytes, blocks, free }
    },
  }
}

interface Group {
  /** The first block after it. */
  next: number
  last: number
  /** How many blocks of it are free. */
  count: number
}

function refuseFeatures(value: string): void {
  const feature = value
    .trim()
    .split(/\s+/)
    .find(name => name in FEATURES)
  if (feature !== undefined) throw new RangeError(`${FEATURES[feature]} (${feature})`)
}

function beginGroup(line: string, group: Group): void {
  const [, from, to = from] = /^Group \d+: \(Blocks (\d+)(?:-(\d+))?\)/.exec(line) ?? []
  if (Number(from) !== group.next)
    throw new RangeError(`expected the group of block ${group.next}, got ${excerpt(line)}`)
  group.last = Number(to)
  group.next = group.last + 1
}

function addFree(free: [number, number][], value: string, group: Group): void {
  let count = 0
  for (const range of value.split(',').map(text => text.trim())) {
    if (range === '') continue
    const [, from, to = from] = /^(\d{1,10})(?:-(\d{1,10}))?$/.exec(range) ?? []
    const [first, last] = [Number(from), Number(to)]
    const before = free.at(-1)
    const isInOrder = last >= first && last <= group.last && first > (before?.[1] ?? -1)
    if (!isInOrder) throw new RangeError(`${excerpt(range)} is not a range of free blocks there`)
    count += last - first + 1
    if (before?.[1] === first - 1) before[1] = last
    else free.push([first, last])
  }
  if (count !== group.count)
    throw new RangeError(
      `the group that ends at block ${group.last} counts ${group.count} free blocks, and lists ${count}`,
    )
}

function wholeNumber(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new RangeError(`a whole number is expected, got ${excerpt(text)}`)
  return Number(text)
}
