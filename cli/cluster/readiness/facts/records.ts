import type { Examination } from '../../examine/examination.ts'
import { error, type NodeFinding, warning } from '../../examine/finding.ts'
import { roomLack } from './room-lack.ts'

/** The directory of iscsiadm's node records on a vhost: a login there creates it, unless the disk is full by then. */
export function recordFindings({ node, sections }: Pick<Examination, 'node' | 'sections'>): NodeFinding[] {
  const text = sections.get('records')
  if (text === undefined) return []
  const found = text.split('\n').flatMap(line => {
    const [, database, kind] = /^(\/\S+) (.+)$/.exec(line) ?? []
    return database === undefined || kind === undefined ? [] : [{ database, kind }]
  })
  const wrong = found.filter(({ kind }) => kind !== 'directory' && kind !== 'missing')
  if (wrong.length > 0)
    return wrong.map(({ database, kind }) =>
      error(`${database}/nodes is not a directory (${kind}): no login can write its node record`, 'move it away'),
    )
  if (found.some(({ kind }) => kind === 'directory')) return []
  const isFull = found.some(({ database }) => roomLack(roomOf(sections, database)) !== undefined)
  const what = `iscsiadm has no directory for node records yet, which the first login needs room for`
  const todo = `run "vhacs node --setrole vhost ${node}", which creates it`
  return [isFull ? error(what, `free space, then ${todo}`) : warning(what, todo)]
}

function roomOf(sections: Examination['sections'], database: string): string[] {
  const lines = (sections.get('room') ?? '').split('\n').map(line => line.split(' '))
  return lines.find(([path]) => path === database)?.slice(1) ?? []
}
