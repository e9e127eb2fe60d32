import { node, picture, textNode } from '../../build/figures/svg.ts'

const [WIDTH, LEFT, TOP, HEIGHT, COLUMN] = [760, 56, 24, 220, 30]

/** How many pauses are shorter than each of these, in seconds, and not than the one before. */
const BOUNDS = [0.5, 1, 2, 5, 10, 15, 20, 30, 40, 50, 60, 70, 80, 90, 100, 120, 150, 180, 240, 300, Infinity]

export interface Column {
  /** In seconds. */
  readonly from: number
  readonly below: number
  readonly count: number
}

/** From the first to the last column that is not empty. */
export function columnsOf(pauses: readonly number[]): Column[] {
  const all = BOUNDS.map((below, index) => {
    const from = BOUNDS[index - 1] ?? 0
    return { from, below, count: pauses.filter(pause => pause >= from && pause < below).length }
  })
  const first = all.findIndex(({ count }) => count > 0)
  return all.slice(Math.max(0, first), all.findLastIndex(({ count }) => count > 0) + 1)
}

/** An SVG with a column for each range of seconds. */
export function histogram(pauses: readonly number[]): string {
  const columns = columnsOf(pauses)
  const most = Math.max(1, ...columns.map(({ count }) => count))
  const bottom = TOP + HEIGHT
  const title = `How long ${pauses.length} writers paused`
  const description = columns.map(({ from, below, count }) => `${range(from, below)} s: ${count}`).join('; ')
  return picture({ width: WIDTH, height: bottom + 56 }, { title, description }, [
    node('path', { class: 'line', 'stroke-width': 1, d: `M${LEFT} ${bottom}H${WIDTH - 16}` }),
    ...columns.flatMap(({ from, below, count }, index) => {
      const x = LEFT + index * (COLUMN + 3)
      const height = Math.round((HEIGHT * count) / most)
      return [
        node('rect', { x, y: bottom - height, width: COLUMN, height, class: 'wait' }, [
          textNode('title', {}, `${range(from, below)} s: ${count}`),
        ]),
        ...(count > 0
          ? [
              textNode(
                'text',
                { x: x + COLUMN / 2, y: bottom - height - 4, 'text-anchor': 'middle', class: 'quiet' },
                String(count),
              ),
            ]
          : []),
        textNode('text', { x, y: bottom + 16, 'text-anchor': 'middle', class: 'quiet' }, String(from)),
      ]
    }),
    textNode('text', { x: LEFT, y: bottom + 40, class: 'quiet' }, 'seconds without an acknowledged record'),
  ])
}

const range = (from: number, below: number) => (below === Infinity ? `${from} or more` : `${from} to ${below}`)
