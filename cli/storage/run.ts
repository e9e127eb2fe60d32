import { parseCloudName } from '../../cloud/names.ts'
import { expandRanges } from '../ranges.ts'
import { parseSize } from '../sizes.ts'
import type { Work } from '../steps.ts'
import { withElapsedTime } from '../terminal.ts'
import { type Call, textOf } from '../verbs.ts'
import { createCloud } from './create.ts'
import { destroyCloud } from './destroy.ts'
import { VOLUME_GROUP } from './volume-group.ts'

/** vhacs storage --create */
export async function createVerb(call: Call): Promise<void> {
  const { value, options } = call
  const nodesText = textOf(options, 'nodes')
  const nodes = nodesText === undefined ? undefined : expandRanges(nodesText)
  if (nodes !== undefined && nodes.length !== 2)
    throw new RangeError(`--nodes: two different nodes are expected, like --nodes alpha,beta, got "${nodesText}"`)
  const request = {
    name: parseCloudName(value),
    sizeBytes: parseSize(textOf(options, 'size') ?? ''),
    nodes,
    volumeGroup: VOLUME_GROUP,
  }
  const work = timed(call)
  await createCloud(work, request)
  if (!work.isDryRun) work.print(`${request.name} is mounted`)
}

/** vhacs storage --destroy */
export async function destroyVerb(call: Call): Promise<void> {
  const { value, options } = call
  if (options.yes === undefined && !call.isDryRun)
    throw new RangeError(`all data on ${value} would be lost: say --yes as well if that is what you want`)
  const work = timed(call)
  await destroyCloud(work, parseCloudName(value))
  if (!work.isDryRun) work.print(`${value} is gone`)
}

/** Its steps are said with the time that they begin at; a dry run takes none. */
function timed({ system, terminal, isDryRun }: Call): Work {
  const print = isDryRun ? terminal.print : withElapsedTime(system, terminal.print)
  return { system, print, isDryRun, interruption: terminal.interruption }
}
