import { expect, test } from 'vitest'
import type { FakeMinor } from '../../fake/drbd/drbd.ts'
import { CIB, type HandlerNode, handle, handlerNode, history, sharedCibOfC0 } from '../../fake/handlers/handler-node.ts'
import { changeCopies, type SharedCib, withNodeState } from '../../fake/handlers/shared-cib.ts'

/*
 * Two sides that have lost each other call their handlers at the same moment. Whatever the order of their steps, wherever the
 * cluster splits, whichever side it then fences and whichever handler is killed and called again: both sides never continue, and no
 * side continues whose peer may be promoted without its writes.
 */

/** Reproducible: mulberry32. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** One side, whose next step waits for its turn. */
interface Side {
  readonly node: HandlerNode
  readonly minor: Partial<FakeMinor>
  /** Lets the next step be done; undefined while none waits. */
  proceed: (() => void) | undefined
  /** Has the next step kill the handler before, or after, it is done. */
  killing: 'before' | 'after' | undefined
  /** Ends the handler that runs. */
  kill: () => void
  isDead: boolean
  answer: number | undefined
}

const GOES_ON = (minor: Partial<FakeMinor>, answer: number | undefined) =>
  answer === 4 || answer === 7 || answer === 3 || (answer === 5 && minor.disk !== 'Consistent')

interface Situation {
  readonly sides: readonly [Partial<FakeMinor>, Partial<FakeMinor>]
  readonly cib: string
}

const PRIMARY: Partial<FakeMinor> = { role: 'Primary', isSuspended: true }
const SECONDARY: Partial<FakeMinor> = {}
const CONSISTENT: Partial<FakeMinor> = { disk: 'Consistent' }
const promotedOn = (...nodes: readonly string[]) =>
  nodes.reduce((cib, node) => withNodeState(cib, node, {}, history({ operation: 'promote' })), CIB)

const SITUATIONS: Readonly<Record<string, Situation>> = {
  'a primary and a secondary': { sides: [PRIMARY, SECONDARY], cib: promotedOn('node1') },
  'two secondaries': { sides: [SECONDARY, SECONDARY], cib: CIB },
  'two primaries': { sides: [PRIMARY, PRIMARY], cib: promotedOn('node1', 'node2') },
  'two that are Consistent': { sides: [CONSISTENT, CONSISTENT], cib: CIB },
  'a primary and one that is Consistent': { sides: [PRIMARY, CONSISTENT], cib: promotedOn('node1') },
}

async function sideOf(shared: SharedCib, name: string, minor: Partial<FakeMinor>): Promise<Side> {
  const node = await handlerNode(shared, name, minor)
  const side: Side = {
    node,
    minor,
    proceed: undefined,
    killing: undefined,
    kill: () => undefined,
    isDead: false,
    answer: undefined,
  }
  const { tools } = node.system
  for (const [tool, act] of ['cibadmin', 'crmadmin'].map(word => [word, tools.get(word)] as const))
    tools.set(tool, (args, options) => step(side, () => act?.(args, options) ?? 1))
  let clock = 0
  Object.assign(node.system, {
    now: () => clock++,
    sleep: (milliseconds: number) =>
      step(side, () => {
        clock += milliseconds
      }),
  })
  return side
}

/** Does something when it is the side's turn. A handler that is dead does no more. */
async function step<T>(side: Side, act: () => T | Promise<T>): Promise<T> {
  await new Promise<void>(resolve => {
    side.proceed = resolve
  })
  const { killing } = side
  const never = new Promise<never>(() => undefined)
  if (side.isDead) return never
  side.killing = undefined
  if (killing === 'before') {
    side.kill()
    return never
  }
  const done = await act()
  if (killing === undefined) return done
  side.kill()
  return never
}

/** Calls the handler as DRBD does; a killed one is called again. */
async function run(side: Side): Promise<void> {
  for (let answer: number | undefined; answer === undefined; side.answer = answer) {
    const killed = new Promise<undefined>(resolve => {
      side.kill = () => resolve(undefined)
    })
    const answered = handle(side.node, 'fence-peer').then(({ code }) => code)
    answer = await Promise.race([answered, killed])
  }
}

/** Everything that is due has run. */
const settled = () => new Promise<void>(resolve => setImmediate(resolve))

interface Course {
  readonly splitsAt: number
  readonly noticedAt: number
  readonly fencedAt: number
  /** The side that is fenced. */
  readonly loser: 0 | 1
}

const FENCED = { in_ccm: '0', crmd: '0', join: 'down', expected: 'down' }

async function play(
  { sides: minors, cib }: Situation,
  draw: () => number,
): Promise<{ sides: Side[]; events: string[] }> {
  const shared = sharedCibOfC0(cib)
  const sides = [await sideOf(shared, 'node1', minors[0]), await sideOf(shared, 'node2', minors[1])]
  const course: Course | undefined = draw() < 0.5 ? undefined : courseFrom(draw)
  const events: string[] = []
  const runs = sides.map(run)
  for (let turn = 0; turn < 400; turn++) {
    await settled()
    if (course) happen(shared, sides, { course, turn, events })
    const waiting = sides.filter(({ proceed, isDead }) => proceed !== undefined && !isDead)
    if (waiting.length === 0) break
    const side = waiting[Math.floor(draw() * waiting.length)]
    if (side === undefined) break
    side.killing = killingFrom(draw)
    takeTurn(side)
  }
  for (const side of sides) if (!side.isDead) await Promise.race([runs[sides.indexOf(side)], settled()])
  return { sides, events }
}

function killingFrom(draw: () => number): Side['killing'] {
  if (draw() >= 0.03) return undefined
  return draw() < 0.5 ? 'before' : 'after'
}

function takeTurn(side: Side): void {
  const { proceed } = side
  side.proceed = undefined
  proceed?.()
}

function courseFrom(draw: () => number): Course {
  const splitsAt = Math.floor(draw() * 16)
  const noticedAt = splitsAt + Math.floor(draw() * 12)
  return { splitsAt, noticedAt, fencedAt: noticedAt + Math.floor(draw() * 12), loser: draw() < 0.5 ? 0 : 1 }
}

/** The cluster splits, detects that some time later, and the winner, with the third node, fences the loser. */
function happen(
  shared: SharedCib,
  sides: readonly Side[],
  { course, turn, events }: { readonly course: Course; readonly turn: number; readonly events: string[] },
): void {
  const winner = course.loser === 0 ? 'node2' : 'node1'
  const loser = course.loser === 0 ? 'node1' : 'node2'
  if (turn === course.splitsAt) {
    events.push('split')
    shared.reaches = (from, to) => (from === loser) === (to === loser)
  }
  if (turn === course.noticedAt) {
    changeCopies(shared, winner, cib => withNodeState(cib, loser, { in_ccm: '0', crmd: '0' }))
    changeCopies(shared, loser, cib =>
      withNodeState(cib, winner, { in_ccm: '0', crmd: '0' }).replace('have-quorum="1"', 'have-quorum="0"'),
    )
  }
  if (turn === course.fencedAt) {
    const dead = sides[course.loser]
    if (dead) dead.isDead = true
    changeCopies(shared, winner, cib => withNodeState(cib, loser, FENCED, []))
  }
}

const ROUNDS = 50

test.each(Object.entries(SITUATIONS))('both of %s never continue', async (name, situation) => {
  const outcomes = new Set<string>()
  for (let round = 0; round < ROUNDS; round++) {
    const draw = random(round * 7919 + name.length)
    const { sides } = await play(situation, draw)
    const goingOn = sides.filter(({ minor, answer }) => GOES_ON(minor, answer))
    outcomes.add(sides.map(({ answer, isDead }) => `${answer ?? (isDead ? 'dead' : 'none')}`).join())
    expect({ round, goingOn: goingOn.length <= 1 }).toEqual({ round, goingOn: true })
  }
  // the rounds differ: one side wins, or the other
  expect(outcomes.size).toBeGreaterThan(2)
})
