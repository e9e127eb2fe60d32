import { dirname } from 'node:path'
import { type Cluster, readCluster } from '../../cloud/cib/read-cluster.ts'
import type { Configuration } from '../../cloud/configuration.ts'
import { byPosition, type LocatedProblem, type ParsedFile, problemText, readFile } from '../../cloud/file/read-file.ts'
import type { ResolvedCloud } from '../../cloud/resolve/resolve.ts'
import { sizeNotes } from '../../cloud/resolve/size-notes.ts'
import { askNodes, type Survey } from '../clouds/resolve/inventory.ts'
import { resolveIn } from '../clouds/resolve/resolve.ts'
import { type Review, review } from '../clouds/review.ts'
import { reviewLines, reviewObject } from '../clouds/review-text.ts'
import { type Call, textOf } from '../command/verb.ts'
import { show } from '../state/show.ts'
import { composedText, FORMATS } from './formats.ts'
import { secretProblems } from './secrets.ts'
import { cibOf, type Source, sourceOf, textAt } from './source.ts'

/** vhacs compose FILE */
export async function printComposed(call: Call): Promise<void> {
  const { terminal, operand = '', options } = call
  const formatText = textOf(options, 'format') ?? 'crm'
  const format = FORMATS.find(known => known === formatText)
  if (format === undefined) throw new RangeError(`--format: ${FORMATS.join(', ')} are known, got "${formatText}"`)
  const order = await withSurvey(call, readRequest(call, operand))
  const { clouds, cib } = await load(call, order, false)
  const { nodes } = order.wanted
  terminal.print(composedText(format, { clouds: clouds.map(({ cloud }) => cloud), nodes, cib }).trimEnd())
}

/** vhacs compose FILE --diff */
export async function printDifference(call: Call): Promise<void> {
  const order = await withSurvey(call, readRequest(call, call.operand ?? ''))
  const loaded = await load(call, order, true)
  const seen = await reviewOf(call, order, loaded)
  const notes = notesOn(order, loaded)
  show(call, { ...reviewObject(seen), notes }, () => [...reviewLines(seen), ...notes])
}

/** A file, read, and the CIB that it is for. */
export interface ParsedRequest {
  readonly path: string
  readonly reading: ParsedFile
  readonly wanted: Configuration
  readonly source: Source
}

/** With what the nodes said. */
export interface FileRequest extends ParsedRequest {
  readonly survey: Survey | undefined
}

/** @throws RangeError, after printing what is wrong, for a file that is not understood at all. */
export function readRequest(call: Call, path: string): ParsedRequest {
  const reading = readFile(textAt(call.system, path))
  const { configuration: wanted } = reading
  if (wanted === undefined) throw refusal(call, path, reading.problems)
  return { path, reading, wanted, source: sourceOf(call) }
}

export async function withSurvey(call: Call, order: ParsedRequest): Promise<FileRequest> {
  const { source } = order
  const isCluster = source.kind === 'cluster'
  return {
    ...order,
    survey: isCluster ? await askNodes(call.system, readCluster(await cibIn(call, source))) : undefined,
  }
}

/** A file held against a CIB as it is now. */
export interface Loaded {
  readonly cib: string | undefined
  readonly cluster: Cluster
  readonly clouds: readonly ResolvedCloud[]
}

/** @throws RangeError after printing everything that is wrong with the file, Error when only nodes do not answer. */
export async function load(call: Call, order: FileRequest, makes: boolean): Promise<Loaded> {
  const { path, reading, wanted, source, survey } = order
  const cib = await cibOf(call.system, source)
  const isCluster = source.kind === 'cluster'
  const found = await resolveIn(call.system, wanted, {
    cib,
    survey,
    creating: makes && isCluster,
    adopting: call.options.attach === true,
  })
  const secrets = makes && survey ? await secretProblems(call.system, found, survey, wanted) : []
  const problems = [...found.problems, ...secrets].map(problem => ({
    ...problem,
    position: reading.positionOf(problem),
  }))
  const all = [...reading.problems, ...problems]
  if (all.length > 0) throw refusal(call, path, all)
  return { cib, cluster: found.cluster, clouds: found.clouds }
}

async function cibIn({ system }: Call, source: Source): Promise<string> {
  const cib = await cibOf(system, source)
  if (cib === undefined) throw new RangeError('a cluster, or its CIB by --file, is needed for that')
  return cib
}

/** Everything that is wrong with a file, one to a line, as compilers do. */
function refusal({ terminal }: Call, path: string, problems: readonly LocatedProblem[]): Error {
  for (const problem of problems.toSorted(byPosition)) terminal.printError(problemText(path, problem))
  if (problems.every(({ isUnreachable }) => isUnreachable))
    return new Error(`what ${path} says cannot be done while a node does not answer; nothing was changed`)
  const count = problems.length === 1 ? 'one mistake' : `${problems.length} mistakes`
  return new RangeError(`${path} has ${count}; nothing was changed`)
}

/** What else is to be said. */
export function notesOn({ survey }: FileRequest, { clouds }: Loaded): string[] {
  if (survey === undefined) return []
  return [
    ...survey.unreachable.map(({ node, why }) => `${node} could not be asked: ${why}`),
    ...sizeNotes(clouds, survey.facts),
  ]
}

export async function reviewOf(
  call: Call,
  { wanted, source }: FileRequest,
  { cib, cluster, clouds }: Loaded,
): Promise<Review> {
  if (cib === undefined) throw new RangeError('--offline has nothing to compare with: name a CIB with --file')
  const scratch = source.kind === 'file' ? dirname(source.path) : undefined
  return review(call.system, { cib, cluster, wanted, clouds, scratch })
}
