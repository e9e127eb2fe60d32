import { createInterface } from 'node:readline'
import { execa } from 'execa'
import { LAB, UNBOUNDED, wait } from './lab.ts'
import { heldIn, type Overlap, overlapFinder } from './observed.ts'

/* Watches all nodes all the time: whether two have at once what only one may have. */

const PAUSE_SECONDS = 0.3
/** A node that says nothing for so long is asked over a new connection. */
const SILENT_MILLISECONDS = 20_000

export interface Watch {
  /** What has been found since the last call. @throws Error if the watch has failed. */
  readonly take: () => Overlap[]
  /** How many samples were taken since the last call. */
  readonly count: () => number
  readonly end: () => Promise<void>
}

export function startWatch(nodes: readonly number[]): Watch {
  const find = overlapFinder()
  let found: Overlap[] = []
  let samples = 0
  const stopping = new AbortController()
  const follow = async (node: number) => {
    while (!stopping.signal.aborted) {
      await askRepeatedly(node, stopping.signal, sample => {
        samples += 1
        found.push(...find({ node, ...sample, held: heldIn(sample.text) }))
      })
      await wait(1) // the node is down, or its connection was
    }
  }
  let failure: unknown
  const all = Promise.all(nodes.map(follow)).catch(error => {
    failure = error
  })
  return {
    take: () => {
      if (failure !== undefined) throw failure
      const taken = found
      found = []
      return taken
    },
    count: () => {
      const taken = samples
      samples = 0
      return taken
    },
    end: async () => {
      stopping.abort()
      await all
    },
  }
}

interface Text {
  readonly from: number
  readonly to: number
  readonly text: string
}

async function askRepeatedly(node: number, signal: AbortSignal, each: (text: Text) => void): Promise<void> {
  const program = execa(LAB, ['ssh', String(node), '/usr/local/bin/observe'], {
    ...{ cancelSignal: signal, env: UNBOUNDED, reject: false, buffer: false, stderr: 'ignore' },
  })
  const silence = setTimeout(() => program.kill(), SILENT_MILLISECONDS)
  program.stdin.on('error', () => undefined)
  let text = ''
  let from = performance.now()
  program.stdin.write('\n')
  for await (const line of createInterface({ input: program.stdout })) {
    if (line !== '== end') {
      text += `${line}\n`
      continue
    }
    silence.refresh()
    each({ from, to: performance.now(), text })
    await wait(PAUSE_SECONDS)
    text = ''
    from = performance.now()
    program.stdin.write('\n')
  }
  clearTimeout(silence)
  await program
}
