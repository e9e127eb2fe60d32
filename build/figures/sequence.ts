import type { Description } from './description.ts'
import { centredLines, heightOf, node, picture, wrapped } from './svg.ts'

/*
 * Lanes beside each other, and what happens in them, the first at the top. `lane NAME: text` is a lane. `NAME: text` is an event,
 * `NAME > NAME: text` one between two lanes. `NAME dies: text` and `NAME returns: text` interrupt a lane, `NAME waits: text` and
 * `NAME goes on: text` mark a part of it.
 */

const [LANE_WIDTH, BOX_WIDTH, MARGIN, HEADER, BETWEEN, PADDING, BAR] = [300, 250, 20, 48, 18, 8, 12]

interface Event {
  readonly lane: number
  /** The lane at the other end; undefined for an event of one lane. */
  readonly to: number | undefined
  readonly change: Change | undefined
  readonly lines: readonly string[]
  readonly top: number
  readonly height: number
}

const CHANGES = ['dies', 'returns', 'waits', 'goes on'] as const
type Change = (typeof CHANGES)[number]

/** The picture of a sequence. @throws Error for a line of another form, or a lane that does not exist. */
export function sequence({ lines, ...caption }: Description): string {
  const lanes = lines.flatMap(parseLane)
  const names = lanes.map(({ name }) => name)
  const events: Event[] = []
  let top = MARGIN + HEADER + BETWEEN
  for (const line of lines.filter(candidate => !candidate.startsWith('lane '))) {
    const event = { ...parseEvent(line, names), top }
    events.push(event)
    top += event.height + BETWEEN
  }
  const size = { width: 2 * MARGIN + lanes.length * LANE_WIDTH, height: top + MARGIN }
  return picture(size, caption, [
    ...lanes.flatMap(({ text }, lane) => [...header(text, lane), ...lifeline(events, lane, top)]),
    ...lanes.flatMap((_, lane) => waits(events, lane)),
    ...events.flatMap(event => (event.to === undefined ? box(event) : arrow(event, event.to))),
  ])
}

function parseLane(line: string): { readonly name: string; readonly text: string }[] {
  const [, name, text] = /^lane (\S+): (.+)$/.exec(line) ?? []
  return name === undefined || text === undefined ? [] : [{ name, text }]
}

function parseEvent(line: string, names: readonly string[]): Omit<Event, 'top'> {
  const [, name = '', other, change, text = ''] = /^(\S+)(?: > (\S+)| ([a-z ]+))?: (.+)$/.exec(line) ?? []
  const laneOf = (wanted: string) => {
    const lane = names.indexOf(wanted)
    if (lane === -1) throw new Error(`"${line}": there is no lane "${wanted}"`)
    return lane
  }
  const known = CHANGES.find(candidate => candidate === change)
  if (change !== undefined && known === undefined) throw new Error(`"${line}": "${change}" has no meaning`)
  const [lane, to] = [laneOf(name), other === undefined ? undefined : laneOf(other)]
  const width = to === undefined ? BOX_WIDTH - 2 * PADDING : Math.abs(to - lane) * LANE_WIDTH - 4 * PADDING
  const lines = wrapped(text, width)
  return { lane, to, change: known, lines, height: heightOf(lines) + 2 * PADDING }
}

const middle = (lane: number) => MARGIN + lane * LANE_WIDTH + LANE_WIDTH / 2

function header(text: string, lane: number): string[] {
  const [name = '', quiet] = text.split(' / ')
  const lines = [{ text: name, class: 'name' }, ...(quiet === undefined ? [] : [{ text: quiet, class: 'quiet' }])]
  const place = { x: middle(lane) - BOX_WIDTH / 2, y: MARGIN, width: BOX_WIDTH, height: HEADER, rx: 6 }
  return [node('rect', { class: 'frame', ...place }), ...centredLines(lines, middle(lane), MARGIN + HEADER / 2)]
}

/** The line of a lane, in the colour of a fault while it is dead. */
function lifeline(events: readonly Event[], lane: number, bottom: number): string[] {
  const turns = events.filter(event => event.lane === lane && (event.change === 'dies' || event.change === 'returns'))
  const ends = [MARGIN + HEADER, ...turns.map(({ top }) => top), bottom]
  return ends.slice(1).map((end, index) => {
    const isDead = turns[index - 1]?.change === 'dies'
    const place = { x1: middle(lane), y1: ends[index] ?? end, x2: middle(lane), y2: end }
    return node('line', { class: isDead ? 'dead' : 'line', ...place })
  })
}

/** A bar from each `waits` to the next `goes on`. */
function waits(events: readonly Event[], lane: number): string[] {
  const own = events.filter(event => event.lane === lane)
  return own.flatMap((event, index) => {
    if (event.change !== 'waits') return []
    const end = own.slice(index).find(({ change }) => change === 'goes on')
    if (end === undefined) throw new Error('a lane that waits must go on')
    const place = { x: middle(lane) - BAR / 2, y: event.top, width: BAR, height: end.top - event.top }
    return [node('rect', { class: 'wait', ...place })]
  })
}

function box({ lane, change, lines, top, height }: Event): string[] {
  const place = { x: middle(lane) - BOX_WIDTH / 2, y: top, width: BOX_WIDTH, height, rx: 4 }
  const isFault = change === 'dies'
  const texts = lines.map(text => (isFault ? { text, class: 'fault' } : { text }))
  return [node('rect', { class: 'box', ...place }), ...centredLines(texts, middle(lane), top + height / 2)]
}

/** An arrow below its text. */
function arrow({ lane, lines, top, height }: Event, to: number): string[] {
  const direction = Math.sign(to - lane)
  const [from, tip, y] = [middle(lane), middle(to) - (direction * BAR) / 2, top + height - 2]
  const base = tip - direction * 10
  const texts = lines.map(text => ({ text }))
  return [
    ...centredLines(texts, (from + tip) / 2, top + heightOf(lines) / 2 + 2),
    node('line', { class: 'link', x1: from, y1: y, x2: base, y2: y }),
    node('path', { class: 'head', d: `M${tip} ${y} L${base} ${y - 5} L${base} ${y + 5} Z` }),
  ]
}
