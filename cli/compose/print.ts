import { drbdMajors } from '../clouds/creation/replication-ends.ts'
import { reviewLines, reviewObject } from '../clouds/review-text.ts'
import { type Call, textOf } from '../command/verb.ts'
import { show } from '../state/show.ts'
import { printLines } from '../terminal/terminal.ts'
import { DRBD_FORMAT, drbdFiles } from './drbd-files.ts'
import { notesOn, readRequest, resolveFile, reviewFile, withFacts } from './file-request.ts'
import { composedText, FORMATS } from './formats.ts'
import { growthsIn } from './growths.ts'
import { replacementsIn } from './replacements.ts'

/** vhacs compose FILE */
export async function printComposed(call: Call): Promise<void> {
  const { terminal, options } = call
  const formatText = textOf(options, 'format') ?? 'crm'
  const format = FORMATS.find(known => known === formatText)
  if (format === undefined && formatText !== DRBD_FORMAT)
    throw new RangeError(`--format: expected ${[...FORMATS, DRBD_FORMAT].join(', ')}, got "${formatText}"`)
  const request = await withFacts(call, await readRequest(call))
  const resolved = await resolveFile(call, request, false)
  const clouds = resolved.clouds.map(({ cloud }) => cloud)
  if (format === undefined) {
    printLines(terminal.print, await drbdFiles(call.system, request, clouds))
    return
  }
  const { vservers } = resolved
  const { nodes } = request.wanted
  printLines(terminal.print, composedText(format, { clouds, vservers, nodes, cib: request.snapshot?.root }).trimEnd())
}

/** vhacs compose FILE --diff */
export async function printDifference(call: Call): Promise<void> {
  const request = await withFacts(call, await readRequest(call))
  const resolved = await resolveFile(call, request, true)
  const { clouds } = resolved
  const added = clouds.flatMap(({ present, cloud }) => (present === undefined ? [cloud] : []))
  // what --apply refuses before it changes anything
  if (request.source.kind === 'cluster') await drbdMajors(call.system, added)
  const reviewed = await reviewFile(call, request, resolved)
  const notes = notesOn(request, resolved)
  const grown = await growthsIn(call.system, request, clouds)
  const replaced = await replacementsIn(call.system, request, { clouds, withBegun: true })
  const lines = () => [...reviewLines(reviewed, grown, replaced), ...notes]
  show(call, { ...reviewObject(reviewed, grown, replaced), notes }, lines)
}
