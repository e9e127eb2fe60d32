import { node, picture, textNode } from '../../build/figures/svg.ts'
import type { Step } from './rounds.ts'

/** A bar of the figure. */
export interface Lane {
  readonly label: string
  readonly steps: readonly Step[]
}

const [WIDTH, LEFT, RIGHT, TOP, BAR, GAP] = [960, 250, 70, 24, 26, 14]
const [LEGEND_WIDTH, LEGEND_HEIGHT] = [310, 24]

/** Colours with enough contrast on white and on black, by the name of the step. */
const COLOURS: Readonly<Record<string, string>> = {
  'the node is lost': '#8c8c8c',
  'DRBD is demoted': '#8e63c7',
  'it is fenced': '#a65628',
  'DRBD is promoted': '#3b7dd8',
  'target and address are up': '#2e9e5b',
  'the writer goes on': '#d9822b',
}

/** An SVG with a bar for each lane, all on one scale of seconds. */
export function figure(title: string, lanes: readonly Lane[]): string {
  const longest = Math.max(...lanes.map(endOf))
  const x = (seconds: number) => round(LEFT + ((WIDTH - LEFT - RIGHT) * seconds) / longest)
  const bottom = TOP + lanes.length * (BAR + GAP)
  const names = [...new Set(lanes.flatMap(({ steps }) => steps.map(({ what }) => what)))]
  const height = bottom + 50 + LEGEND_HEIGHT * Math.ceil(names.length / 3)
  const described = lanes.map(lane => `${lane.label}: ${endOf(lane).toFixed(1)} s`).join('; ')
  return picture({ width: WIDTH, height }, { title, description: described }, [
    ...ticks(longest).flatMap(seconds => [
      node('path', { class: 'line', 'stroke-width': 0.5, d: `M${x(seconds)} ${TOP - 8}V${bottom}` }),
      textNode('text', { x: x(seconds), y: bottom + 16, 'text-anchor': 'middle', class: 'quiet' }, `${seconds} s`),
    ]),
    ...lanes.flatMap((lane, index) => bar(lane, TOP + index * (BAR + GAP), x)),
    ...names.flatMap((name, index) => {
      const [left, top] = [16 + LEGEND_WIDTH * (index % 3), bottom + 44 + LEGEND_HEIGHT * Math.floor(index / 3)]
      return [
        node('rect', { x: left, y: top - 11, width: 12, height: 12, fill: colourOf(name) }),
        textNode('text', { x: left + 18, y: top }, `until ${name}`),
      ]
    }),
  ])
}

function bar(lane: Lane, top: number, x: (seconds: number) => number): string[] {
  const middle = top + BAR / 2 + 5
  const { label, steps } = lane
  return [
    textNode('text', { x: 16, y: middle }, label),
    ...steps.map(({ what, end }, index) => {
      const begin = steps[index - 1]?.end ?? 0
      const width = Math.max(0, round(x(end) - x(begin)))
      return node('rect', { x: x(begin), y: top, width, height: BAR, fill: colourOf(what) }, [
        textNode('title', {}, `until ${what}: ${(end - begin).toFixed(1)} s`),
      ])
    }),
    textNode('text', { x: x(endOf(lane)) + 6, y: middle }, `${endOf(lane).toFixed(1)} s`),
  ]
}

function endOf({ steps }: Lane): number {
  return steps.at(-1)?.end ?? 0
}

/** At most ten. */
function ticks(longest: number): number[] {
  const step = [1, 2, 5, 10, 20, 50, 100].find(one => longest / one <= 10) ?? 200
  return Array.from({ length: Math.floor(longest / step) + 1 }, (_, index) => index * step)
}

function colourOf(name: string): string {
  return COLOURS[name] ?? '#8c8c8c'
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
