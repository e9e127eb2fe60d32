import type { Step } from './rounds.ts'

/** A bar of the figure. */
export interface Lane {
  readonly label: string
  readonly steps: readonly Step[]
}

const [WIDTH, LABELS, BAR, GAP, TOP] = [900, 190, 26, 14, 44]

/** Colours with enough contrast on white and on black, by the name of the step. */
const COLOURS: Readonly<Record<string, string>> = {
  'the node is lost': '#7f7f7f',
  'it is fenced': '#a65628',
  'DRBD is demoted': '#7f7f7f',
  'DRBD is promoted': '#3b7dd8',
  'target and address are up': '#2e9e5b',
  'the writer goes on': '#d9822b',
}

const STYLE = `text{font:13px sans-serif;fill:#24292f}.axis{stroke:#8c959f}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.axis{stroke:#6e7681}}`

/** An SVG with a bar for each lane, all on one scale of seconds; readable on light and dark ground. */
export function figure(title: string, lanes: readonly Lane[]): string {
  const longest = Math.max(...lanes.map(endOf))
  const step = tickOf(longest)
  const x = (seconds: number) => LABELS + ((WIDTH - LABELS - 60) * seconds) / longest
  const bottom = TOP + lanes.length * (BAR + GAP)
  const names = [...new Set(lanes.flatMap(({ steps }) => steps.map(({ what }) => what)))]
  const ticks = Array.from({ length: Math.floor(longest / step) + 1 }, (_, index) => index * step)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${bottom + 46 + 22 * Math.ceil(names.length / 3)}" role="img" aria-label="${title}">`,
    `<title>${title}</title>`,
    `<style>${STYLE}</style>`,
    `<text x="0" y="20" font-weight="bold">${title}</text>`,
    ...ticks.map(
      seconds =>
        `<path class="axis" stroke-width="0.5" d="M${fixed(x(seconds))} ${TOP - 8}V${bottom}"/><text x="${fixed(x(seconds))}" y="${bottom + 16}" text-anchor="middle">${seconds} s</text>`,
    ),
    ...lanes.flatMap((lane, index) => laneLines(lane, TOP + index * (BAR + GAP), x)),
    ...names.map((name, index) => {
      const [left, top] = [LABELS * (index % 3) * 1.5, bottom + 46 + 22 * Math.floor(index / 3)]
      return `<rect x="${left}" y="${top - 11}" width="12" height="12" fill="${COLOURS[name] ?? '#7f7f7f'}"/><text x="${left + 18}" y="${top}">until ${name}</text>`
    }),
    '</svg>\n',
  ].join('\n')
}

function laneLines({ label, steps }: Lane, top: number, x: (seconds: number) => number): string[] {
  const middle = top + BAR / 2 + 5
  const last = steps.at(-1)?.end ?? 0
  return [
    `<text x="0" y="${middle}">${label}</text>`,
    ...steps.map(({ what, end }, index) => {
      const begin = steps[index - 1]?.end ?? 0
      const width = Math.max(0, x(end) - x(begin))
      return `<rect x="${fixed(x(begin))}" y="${top}" width="${fixed(width)}" height="${BAR}" fill="${COLOURS[what] ?? '#7f7f7f'}"><title>until ${what}: ${(end - begin).toFixed(1)} s</title></rect>`
    }),
    `<text x="${fixed(x(last) + 6)}" y="${middle}">${last.toFixed(1)} s</text>`,
  ]
}

function endOf({ steps }: Lane): number {
  return steps.at(-1)?.end ?? 0
}

/** A distance between ticks that gives at most ten. */
function tickOf(longest: number): number {
  return [1, 2, 5, 10, 20, 50, 100].find(step => longest / step <= 10) ?? 200
}

function fixed(value: number): string {
  return value.toFixed(1)
}
