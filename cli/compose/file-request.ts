import type { CibSnapshot } from '../../cloud/cib/snapshot.ts'
import type { Configuration } from '../../cloud/configuration.ts'
import { byPosition, type LocatedProblem, type ParsedFile, problemText, readFile } from '../../cloud/file/read-file.ts'
import { sizeNotes } from '../../cloud/resolve/problems/size-notes.ts'
import type { Resolution } from '../../cloud/resolve/resolve.ts'
import { nosuidNotes } from '../../cloud/resolve/vservers/nosuid-notes.ts'
import { type Inventory, takeInventory } from '../clouds/resolve/inventory.ts'
import { resolveWithProbes } from '../clouds/resolve/resolve.ts'
import { type Review, review } from '../clouds/review.ts'
import type { Call } from '../command/verb.ts'
import { inputName, readInput } from '../terminal/read-input.ts'
import { secretProblems } from './secrets.ts'
import { readSource, type Source, sourceOf } from './source.ts'

/** A well-formed file of clouds, and the source of the CIB that it is for. */
export interface ParsedRequest {
  readonly path: string
  readonly file: ParsedFile
  readonly wanted: Configuration
  readonly source: Source
}

/** With the CIB (undefined without a cluster), and the facts of the nodes (undefined where no node was queried). */
export interface FileRequest extends ParsedRequest {
  readonly snapshot: CibSnapshot | undefined
  readonly inventory: Inventory | undefined
}

/** @throws RangeError, after printing the problems, for a file that is not understood at all. */
export async function readRequest(call: Call): Promise<ParsedRequest> {
  const { operand = '' } = call
  const path = inputName(operand)
  const source = await sourceOf(call)
  const file = readFile(await readInput(call, operand, 'clouds'))
  const { configuration: wanted } = file
  if (wanted === undefined) throw refusal(call, path, file.problems)
  return { path, file, wanted, source }
}

/** Reads the CIB, and queries the nodes of a cluster; with a CIB in a file no node is queried. */
export async function withFacts(call: Call, request: ParsedRequest): Promise<FileRequest> {
  const snapshot = await readSource(call, request.source)
  const inventory =
    snapshot && request.source.kind === 'cluster' ? await takeInventory(call.system, snapshot.cluster) : undefined
  return { ...request, snapshot, inventory }
}

/** What a file describes, with values chosen for everything that it leaves open. */
export type ResolvedFile = Pick<Resolution, 'clouds' | 'vservers'>

/**
 * The clouds and vservers of a file for a CIB.
 * @throws RangeError after printing everything that is wrong with the file, Error when only nodes are unreachable.
 */
export async function resolveFile(call: Call, request: FileRequest, isForChange: boolean): Promise<ResolvedFile> {
  const { path, file, wanted, source, snapshot, inventory } = request
  const resolution = await resolveWithProbes(call.system, wanted, {
    cluster: snapshot?.cluster,
    inventory,
    cib: isForChange ? snapshot?.root : undefined,
    creating: isForChange && source.kind === 'cluster',
    adopting: call.options.attach === true,
  })
  const secrets =
    isForChange && inventory && snapshot
      ? await secretProblems(call.system, resolution, { inventory, cluster: snapshot.cluster, wanted })
      : []
  const all = [...file.problems, ...file.located([...resolution.problems, ...secrets])]
  if (all.length > 0) throw refusal(call, path, all)
  return resolution
}

/** Prints all problems of a file, one per line, as compilers do. */
function refusal({ terminal }: Call, path: string, problems: readonly LocatedProblem[]): Error {
  for (const problem of problems.toSorted(byPosition)) terminal.printError(problemText(path, problem))
  if (problems.every(({ isUnreachable }) => isUnreachable))
    return new Error(`${path} cannot be resolved while a node is unreachable; nothing was changed`)
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`
  return new RangeError(`${path} has ${count}; nothing was changed`)
}

/** Notes for the operator: unreachable nodes, sizes that differ from those of the volumes, and containers without set-user-ID. */
export function notesOn({ inventory }: FileRequest, { clouds, vservers }: ResolvedFile): string[] {
  const restricted = nosuidNotes(vservers)
  if (inventory === undefined) return restricted
  return [
    ...restricted,
    ...inventory.unreachable.map(({ node, why }) => `${node} could not be queried: ${why}`),
    ...sizeNotes(clouds, inventory.facts),
  ]
}

/** @throws RangeError without a CIB to compare with. */
export async function reviewFile(call: Call, request: FileRequest, resolved: ResolvedFile): Promise<Review> {
  const { wanted, source, snapshot } = request
  if (snapshot === undefined) throw new RangeError('--offline has no CIB to compare with: name one with --file')
  // a user who reads a file need not be root, and may be unable to write to its directory
  const scratch = source.kind === 'cluster' ? undefined : '/tmp'
  const { clouds, vservers } = resolved
  return review(call.system, { snapshot, wanted, clouds, vservers, scratch })
}
