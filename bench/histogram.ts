import { node, picture, textNode } from '../build/figures/svg.ts'

const [WIDTH, LEFT, TOP, COLUMN, GAP, LABEL, AXIS] = [760, 56, 24, 30, 3, 22, 30]
/** Of the columns, in a picture with one panel and in one with several. */
const [HEIGHT, PANEL_HEIGHT] = [220, 80]

/** How many pauses are shorter than each of these, in seconds, and not than the one before. */
const BOUNDS = [0.5, 1, 2, 5, 10, 15, 20, 30, 40, 50, 60, 70, 80, 90, 100, 120, 150, 180, 240, 300, Infinity]

/** Pauses of one kind; all panels of a picture have the same columns, below each other. */
export interface Panel {
  /** Empty for none. */
  readonly label: string
  readonly series: readonly Series[]
}

/** Pauses that are compared with others, in seconds. */
export interface Series {
  readonly name: string
  readonly pauses: readonly number[]
}

/** Classes of the series in their order, that is to say colours with enough contrast on white and on black. */
const CLASSES = ['wait', 'quiet'] as const

export interface Column {
  /** In seconds. */
  readonly from: number
  readonly below: number
  readonly count: number
}

/** From the first to the last column that is not empty. */
export function columnsOf(pauses: readonly number[]): Column[] {
  const all = BOUNDS.map((below, index) => ({ from: BOUNDS[index - 1] ?? 0, below }))
  const counted = all.map(column => ({ ...column, count: countIn(column, pauses) }))
  const first = counted.findIndex(({ count }) => count > 0)
  return counted.slice(Math.max(0, first), counted.findLastIndex(({ count }) => count > 0) + 1)
}

/** An SVG with a column for each range of seconds and each series. */
export function histogram(title: string, panels: readonly Panel[]): string {
  const names = [...new Set(panels.flatMap(({ series }) => series.map(({ name }) => name)))]
  const columns = columnsOf(panels.flatMap(({ series }) => series.flatMap(({ pauses }) => pauses)))
  const height = panels.length === 1 ? HEIGHT : PANEL_HEIGHT
  const step = height + LABEL + AXIS
  const end = TOP + panels.length * step
  return picture({ width: WIDTH, height: end + 34 }, { title, description: described(panels, columns) }, [
    ...panels.flatMap((panel, index) => drawn(panel, columns, { bottom: TOP + index * step + LABEL + height, height })),
    textNode('text', { x: LEFT, y: end + 12, class: 'quiet' }, 'seconds without an acknowledged record'),
    ...(names.length > 1 ? names.flatMap((name, index) => legend(name, index, end + 12)) : []),
  ])
}

interface Place {
  readonly bottom: number
  readonly height: number
}

function drawn({ label, series }: Panel, columns: readonly Column[], { bottom, height }: Place): string[] {
  const most = Math.max(1, ...columns.flatMap(column => series.map(({ pauses }) => countIn(column, pauses))))
  const width = COLUMN / series.length
  return [
    ...(label === '' ? [] : [textNode('text', { x: LEFT, y: bottom - height - LABEL + 4 }, label)]),
    node('path', { class: 'line', 'stroke-width': 1, d: `M${LEFT} ${bottom}H${WIDTH - 16}` }),
    ...columns.flatMap((column, index) => {
      const x = LEFT + index * (COLUMN + GAP)
      return [
        ...series.flatMap(({ name, pauses }, place) => {
          const count = countIn(column, pauses)
          if (count === 0) return []
          const [left, tall] = [x + place * width, Math.round((height * count) / most)]
          const rect = { x: left, y: bottom - tall, width: width - 1, height: tall, class: classOf(place) }
          const middle = { x: left + width / 2, y: bottom - tall - 4, 'text-anchor': 'middle', class: 'quiet' }
          return [
            node('rect', rect, [textNode('title', {}, `${name}, ${range(column)} s: ${count}`)]),
            textNode('text', middle, String(count)),
          ]
        }),
        textNode('text', { x, y: bottom + 16, 'text-anchor': 'middle', class: 'quiet' }, String(column.from)),
      ]
    }),
  ]
}

function legend(name: string, index: number, y: number): string[] {
  const x = WIDTH / 2 + index * 180
  return [
    node('rect', { x, y: y - 11, width: 12, height: 12, class: classOf(index) }),
    textNode('text', { x: x + 18, y }, name),
  ]
}

/** What the picture shows, in words. */
function described(panels: readonly Panel[], columns: readonly Column[]): string {
  const lines = panels.flatMap(({ label, series }) =>
    series.map(({ name, pauses }) => {
      const counts = columns.map(column => ({ column, count: countIn(column, pauses) }))
      const found = counts.filter(({ count }) => count > 0).map(({ column, count }) => `${range(column)} s: ${count}`)
      return `${[label, name].filter(Boolean).join(', ')}: ${found.join('; ') || 'none'}`
    }),
  )
  return lines.join('. ')
}

function countIn({ from, below }: Pick<Column, 'from' | 'below'>, pauses: readonly number[]): number {
  return pauses.filter(pause => pause >= from && pause < below).length
}

function classOf(index: number): string {
  return CLASSES[index] ?? 'quiet'
}

const range = ({ from, below }: Pick<Column, 'from' | 'below'>) =>
  below === Infinity ? `${from} or more` : `${from} to ${below}`
