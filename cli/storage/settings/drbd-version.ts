import type { Cloud } from '../../../cloud/cloud.ts'
import type { DrbdMajor } from '../../../cloud/compose/drbd/config.ts'
import { withMajor } from '../../../cloud/compose/drbd/version.ts'
import { resourceFile } from '../../../system/drbd/config/files.ts'
import { majorEvidence } from '../../../system/drbd/config/major.ts'
import { DrbdConfigError, parseDrbdConfig, type Section } from '../../../system/drbd/config/syntax.ts'
import { drbdVersionOn } from '../../../system/nodes/drbd/version.ts'
import type { System } from '../../../system/system.ts'
import { requireMajor } from '../../clouds/creation/replication-ends.ts'
import type { Call } from '../../command/verb.ts'
import type { Step, Work } from '../../run/steps.ts'
import { changeFiles, type FileChange, replaceStep, resourceTexts } from './resource-files.ts'

/** vhacs storage --setdrbd */
export async function setDrbdVersion(call: Call): Promise<void> {
  await changeFiles(call, { outcome: 'has files for the DRBD of its nodes', changeOf, stepsOf })
}

interface Change extends FileChange {
  /** The versions that files are written for. */
  readonly majors: readonly DrbdMajor[]
}

/**
 * The files of the nodes whose DRBD has another major version than their file is for; the nodes may differ meanwhile.
 * @throws RangeError for files that an operator has changed, and for nodes without a version that is supported.
 */
async function changeOf(system: System, cloud: Cloud): Promise<Change> {
  const texts = await resourceTexts(system, cloud)
  const found = [...texts].map(([node, text]) => ({ node, text, resource: resourceIn(text, cloud, node) }))
  const nodeIds = nodeIdsOf(cloud, new Map(found.map(({ node, resource }) => [node, resource])))
  const newTexts = new Map<string, string>()
  const majors = new Set<DrbdMajor>()
  for (const { node, text, resource } of found) {
    const major = requireMajor(node, await drbdVersionOn(system, node))
    if (majorEvidence(resource).every(evidence => evidence.major === major)) continue
    const newText = withMajor(text, major, nodeIds)
    if (newText === undefined)
      throw new RangeError(`${fileOn(cloud, node)} differs from what vhacs wrote: ${ADVICE[major]}`)
    newTexts.set(node, newText)
    majors.add(major)
  }
  return { cloud, texts, newTexts, majors: [...majors] }
}

const ADVICE = {
  8: 'move fencing to the disk section, and remove the options and the node-ids',
  9: 'move fencing to the net section, add "options { auto-promote no; quorum off; }" and the node-ids, and use the handlers of VHACS ("vhacs storage --sethandlers")',
} as const

const fileOn = ({ name }: Cloud, node: string) => `${resourceFile(name)} of ${node}`

function resourceIn(text: string, cloud: Cloud, node: string): Section {
  const found = parsed(text, cloud, node).find(({ words }) => words[0] === 'resource' && words[1] === cloud.name)
  if (found === undefined) throw new RangeError(`${fileOn(cloud, node)} does not contain the resource ${cloud.name}`)
  return found
}

function parsed(text: string, cloud: Cloud, node: string): Section[] {
  try {
    return parseDrbdConfig(text, fileOn(cloud, node))
  } catch (error) {
    if (error instanceof DrbdConfigError) throw new RangeError(error.message, { cause: error })
    throw error
  }
}

/**
 * The number of each node: those of a file that has them, because the meta-data of that side refer to them; otherwise in the order of the
 * nodes in the file, as in a new one.
 * @throws RangeError where the files have different ones.
 */
function nodeIdsOf(cloud: Cloud, resources: ReadonlyMap<string, Section>): Map<string, number> {
  const [given, ...others] = [...resources.values()].map(idsIn).filter(ids => ids.size > 0)
  if (others.some(ids => sortedText(ids) !== sortedText(given ?? ids)))
    throw new RangeError(
      `${resourceFile(cloud.name)} has different node-ids on ${[...resources.keys()].join(' and ')}: correct the one that "drbdsetup status --json" of its node does not show`,
    )
  const [first] = resources.values()
  return given ?? new Map(nodesIn(first).map((section, index) => [section.words[1] ?? '', index]))
}

const sortedText = (ids: ReadonlyMap<string, number>) => [...ids].sort().join(' ')

function nodesIn(resource: Section | undefined): Section[] {
  return (resource?.children ?? []).filter(({ words }) => words[0] === 'on')
}

function idsIn(resource: Section): Map<string, number> {
  return new Map(
    nodesIn(resource).flatMap(({ words: [, node = ''], children }) => {
      const id = children.find(({ words }) => words[0] === 'node-id')?.words[1]
      return id === undefined ? [] : [[node, Number(id)] as const]
    }),
  )
}

/** DRBD is not notified: the file of a node differs from its module only while its side is down. */
function stepsOf(work: Work, change: Change): Step[] {
  if (change.newTexts.size === 0) return []
  const versions = change.majors.map(major => (major === 8 ? '8.4' : '9')).join(' and ')
  return [replaceStep(work, change, { writing: `the file for DRBD ${versions}` })]
}
