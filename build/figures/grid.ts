import type { Description } from './description.ts'
import { centredLines, heightOf, node, picture, wrapped } from './svg.ts'

/*
 * A table of boxes: the first line has the names of the columns, each further line one row. Columns are separated by |, or by =TEXT=
 * where the cells beside it are connected. A cell is `NAME / text / small text`, in brackets if it is not active, or empty.
 */

const [CELL_WIDTH, CELL_HEIGHT, GAP, MARGIN] = [220, 64, 130, 20]
const [PADDING, HEADER, BETWEEN] = [14, 44, 16]
const COLUMN_WIDTH = CELL_WIDTH + 2 * PADDING

interface Row {
  readonly cells: readonly string[]
  /** The text of the connection on the right of each cell; empty where there is none. */
  readonly links: readonly string[]
}

/** The picture of a table. @throws Error for a row with another number of cells than there are columns. */
export function grid({ lines, ...caption }: Description): string {
  const [header, ...rows] = lines.map(parseRow)
  if (header === undefined) throw new Error('a table has a line with the names of its columns')
  const odd = rows.findIndex(({ cells }) => cells.length !== header.cells.length)
  if (odd !== -1) throw new Error(`row ${odd + 1} has another number of cells than the first line`)
  const columns = header.cells.length
  const size = {
    width: 2 * MARGIN + columns * COLUMN_WIDTH + (columns - 1) * GAP,
    height: 2 * MARGIN + HEADER + rows.length * (CELL_HEIGHT + BETWEEN),
  }
  return picture(size, caption, [
    ...header.cells.flatMap((name, column) => frame(name, column, size.height)),
    ...rows.flatMap(({ links }, row) => links.flatMap((text, column) => link(text, column, row))),
    ...header.cells.flatMap((_, column) => stack(rows, column)),
    ...rows.flatMap(({ cells }, row) => cells.flatMap((text, column) => cell(text, column, row))),
  ])
}

function parseRow(line: string): Row {
  const parts = line.split(/\s*(\||=[^=]+=)\s*/)
  const separators = parts.filter((_, index) => index % 2 === 1)
  return {
    cells: parts.filter((_, index) => index % 2 === 0).map(text => text.trim()),
    links: separators.map(text => (text === '|' ? '' : text.slice(1, -1))),
  }
}

const left = (column: number) => MARGIN + column * (COLUMN_WIDTH + GAP)
const middle = (column: number) => left(column) + COLUMN_WIDTH / 2
const top = (row: number) => MARGIN + HEADER + row * (CELL_HEIGHT + BETWEEN)

function frame(name: string, column: number, height: number): string[] {
  const [bold = '', quiet] = name.split(' / ')
  const place = { x: left(column), y: MARGIN, width: COLUMN_WIDTH, height: height - 2 * MARGIN, rx: 6 }
  const lines = [{ text: bold, class: 'name' }, ...(quiet === undefined ? [] : [{ text: quiet, class: 'quiet' }])]
  return [node('rect', { class: 'frame', ...place }), ...centredLines(lines, middle(column), MARGIN + HEADER / 2)]
}

function cell(text: string, column: number, row: number): string[] {
  if (text === '') return []
  const isIdle = text.startsWith('(') && text.endsWith(')')
  const [name = '', ...more] = (isIdle ? text.slice(1, -1) : text).split(' / ')
  const lines = [
    { text: name, class: isIdle ? 'quiet' : 'name' },
    ...more.map((line, index) => (index === 0 && !isIdle ? { text: line } : { text: line, class: 'quiet' })),
  ]
  const place = { x: left(column) + PADDING, y: top(row), width: CELL_WIDTH, height: CELL_HEIGHT, rx: 4 }
  return [
    node('rect', { class: isIdle ? 'idle' : 'box', ...place }),
    ...centredLines(lines, middle(column), top(row) + CELL_HEIGHT / 2),
  ]
}

/** Lines between the boxes of a column. */
function stack(rows: readonly Row[], column: number): string[] {
  return rows.flatMap(({ cells }, row) => {
    if (!cells[column] || !rows[row + 1]?.cells[column]) return []
    const y = top(row) + CELL_HEIGHT
    return [node('line', { class: 'line', x1: middle(column), y1: y, x2: middle(column), y2: y + BETWEEN })]
  })
}

/** A connection between a box and the next one in its row, with its text above. */
function link(text: string, column: number, row: number): string[] {
  if (text === '') return []
  const [x1, x2, y] = [left(column) + PADDING + CELL_WIDTH, left(column + 1) + PADDING, top(row) + CELL_HEIGHT / 2]
  const lines = wrapped(text, GAP - 10).map(line => ({ text: line }))
  return [
    node('line', { class: 'link', x1, y1: y, x2, y2: y }),
    ...centredLines(lines, (x1 + x2) / 2, y - 4 - heightOf(lines) / 2),
  ]
}
