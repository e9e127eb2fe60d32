import type { Cloud } from '../../../../cloud/cloud.ts'
import { resourceIds } from '../../../../cloud/ids.ts'
import type { ActiveResource } from '../../../../cloud/pacemaker/active-resources.ts'
import type { Examination } from '../../examine/examination.ts'
import { error, type NodeFinding } from '../../examine/finding.ts'
import { roomLack } from './room-lack.ts'

/** Directories where these clouds could not be mounted on a node that has not mounted them. */
export function directoryFindings(
  { node, sections }: Pick<Examination, 'node' | 'sections'>,
  clouds: readonly Pick<Cloud, 'name' | 'directory'>[],
  active: readonly ActiveResource[],
): NodeFinding[] {
  const answers = new Map((sections.get('directories') ?? '').split('\n').flatMap(answerIn))
  return clouds.flatMap(({ name, directory }) => {
    const { filesystem } = resourceIds(name)
    const answer = answers.get(directory)
    if (answer === undefined || active.some(one => one.id === filesystem && one.node === node)) return []
    return faultOf(directory, answer)
  })
}

interface Answer {
  readonly kind: string
  readonly detail: string
}

function answerIn(line: string): [string, Answer][] {
  const [, kind, detail, path] = /^(\S+) (\S+) (\/.*)$/.exec(line) ?? []
  return kind === undefined || detail === undefined || path === undefined ? [] : [[path, { kind, detail }]]
}

function faultOf(directory: string, { kind, detail }: Answer): NodeFinding[] {
  switch (kind) {
    case 'mounted':
      return [error(`${detail} is mounted on ${directory}`, `unmount it there, and remove it from /etc/fstab`)]
    case 'other':
      return [error(`${directory} is not a directory`, 'move what is there away; a mount creates the directory')]
    case 'blocked':
      return [error(`${directory} cannot be created: ${detail} is not a directory`, 'move what is there away')]
    case 'missing':
      return missingFault(directory, detail)
    default:
      return []
  }
}

function missingFault(directory: string, detail: string): NodeFinding[] {
  const [options = '', ...numbers] = detail.split(':')
  const isReadOnly = options.split(',').includes('ro')
  if (!isReadOnly && roomLack(numbers) === undefined) return []
  const state = isReadOnly ? 'read-only' : 'full'
  const todo = isReadOnly ? 'repair the file system ("dmesg")' : 'free space ("df", "du -x")'
  return [error(`${directory} does not exist, and its file system is ${state}`, `${todo}, or create it by hand`)]
}
