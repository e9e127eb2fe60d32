import { xmlText } from '../../ocf/runtime/metadata.ts'

/*
 * SVG as text. Colours are classes, not attributes, so that a picture follows the colour scheme of its reader. A picture has a paper
 * of its own: a page may be dark although its reader's scheme is light.
 */

const LIGHT = { ink: '#1f2328', quiet: '#59636e', paper: '#ffffff', box: '#f6f8fa', accent: '#0969da', dead: '#cf222e' }
const DARK = { ink: '#f0f6fc', quiet: '#9198a1', paper: '#0d1117', box: '#212830', accent: '#4493f8', dead: '#f85149' }

function colours({ ink, quiet, paper, box, accent, dead }: typeof LIGHT): string {
  return [
    `text{fill:${ink}} .quiet{fill:${quiet}} .paper{fill:${paper}}`,
    `.box{fill:${box};stroke:${quiet}} .idle{fill:${paper};stroke:${quiet}} .frame{fill:none;stroke:${quiet}}`,
    `.line{stroke:${quiet}} .link{stroke:${accent}} .head,.wait{fill:${accent}} .dead{stroke:${dead}} .fault{fill:${dead}}`,
  ].join(' ')
}

const STYLE = [
  'text{font-family:sans-serif;font-size:14px} .name{font-weight:bold} .quiet{font-size:12px}',
  '.idle,.dead{stroke-dasharray:5 4} .link{stroke-width:2}',
  colours(LIGHT),
  `@media (prefers-color-scheme:dark){${colours(DARK)}}`,
].join('\n')

type Attributes = Readonly<Record<string, string | number>>

/** An element with elements in it, one a line. */
export function node(name: string, attributes: Attributes, children: readonly string[] = []): string {
  const start = [name, ...Object.entries(attributes).map(([key, value]) => `${key}="${xmlText(String(value))}"`)].join(
    ' ',
  )
  return children.length === 0 ? `<${start}/>` : `<${start}>\n${children.join('\n')}\n</${name}>`
}

/** An element with text in it. */
export function textNode(name: string, attributes: Attributes, text: string): string {
  return node(name, attributes).replace(/\/>$/, `>${xmlText(text)}</${name}>`)
}

export interface Size {
  readonly width: number
  readonly height: number
}

/** A whole picture, with a title and a description for those who cannot see it. */
export function picture({ width, height }: Size, { title, description }: Caption, parts: readonly string[]): string {
  const size = { viewBox: `0 0 ${width} ${height}`, width, height }
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    ...size,
    role: 'img',
    'aria-labelledby': 'title description',
  }
  const svg = node('svg', attributes, [
    textNode('title', { id: 'title' }, title),
    textNode('desc', { id: 'description' }, description),
    textNode('style', {}, STYLE),
    node('rect', { class: 'paper', width, height, rx: 8 }),
    ...parts,
  ])
  return `${svg}\n`
}

export interface Caption {
  readonly title: string
  readonly description: string
}

const LINE_HEIGHT = 18
/** From the top of a line to the bottom of its letters. */
const BASE = 13

/** The height of so many lines of text. */
export const heightOf = (lines: readonly unknown[]) => lines.length * LINE_HEIGHT

/** Lines of text, centred, below each other; the middle of them all is at `y`. */
export function centredLines(
  lines: readonly { readonly text: string; readonly class?: string }[],
  x: number,
  y: number,
): string[] {
  const first = y - heightOf(lines) / 2 + BASE
  return lines.map(({ text, class: name }, index) =>
    textNode(
      'text',
      { x, y: first + index * LINE_HEIGHT, 'text-anchor': 'middle', ...(name && { class: name }) },
      text,
    ),
  )
}

/** Most letters of a sans-serif font are narrower. */
const LETTER_WIDTH = 7.4

/** The text in lines that fit in a width. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`
    if (lines.length > 0 && longer.length * LETTER_WIDTH <= width) lines.splice(-1, 1, longer)
    else lines.push(word)
  }
  return lines
}
