import type { CibSnapshot } from '../../cloud/cib/snapshot.ts'
import { setNodeAttribute } from '../../system/pacemaker/cib/cib.ts'
import { Missing, ToolFailed } from '../../system/system.ts'
import { readCib } from '../clouds/read-cib.ts'
import { warnOfUsers } from '../clouds/users.ts'
import { selectNodes } from '../command/select-nodes.ts'
import type { Call } from '../command/verb.ts'
import { missingText } from '../readiness/takeover-text.ts'
import { immovableParts } from './immovable-parts.ts'
import { strandedClouds } from './stranded-clouds.ts'

/** vhacs node --standby */
export async function standbyNodes(call: Call): Promise<void> {
  await setStandby(call, 'on', 'in standby: Pacemaker moves its resources to other nodes')
}

/** vhacs node --active */
export async function activateNodes(call: Call): Promise<void> {
  await setStandby(call, undefined, 'active')
}

/** Pacemaker's own attribute, as crm_standby sets it. */
async function setStandby(call: Call, setting: 'on' | undefined, outcome: string) {
  const { system, terminal, value, isDryRun } = call
  const snapshot = await readCib(system)
  const { nodes, otherNodes, clouds, vservers } = snapshot.cluster
  const names = selectNodes(value, nodes, otherNodes)
  if (setting === 'on') {
    await reviewStranded(call, snapshot, names)
    await warnOfUsers(system, terminal.print, { clouds, vservers, nodes: names })
  }
  for (const name of names) {
    await setNodeAttribute(system, name, 'standby', setting)
    if (!isDryRun) terminal.print(`${name}: ${outcome}`)
  }
}

/**
 * An operator who names both nodes of a storage expects it to stop. @throws RangeError that names the other storages that would be
 * down.
 */
async function reviewStranded(call: Call, snapshot: CibSnapshot, names: readonly string[]): Promise<void> {
  const { system, terminal, options } = call
  const stranded = await strandedClouds(system, snapshot, names)
  const unexpected = stranded.flatMap(({ name, why }) => (why === undefined ? [] : [`${name} would be down: ${why}`]))
  if (unexpected.length > 0 && !options.interrupt)
    throw new RangeError(
      `${unexpected.join('; ')}: wait until "vhacs storage --info" shows it in sync, or pass --interrupt (nothing was changed)`,
    )
  for (const { name, why = 'both its storage nodes are among these' } of stranded)
    terminal.print(`WARNING: ${name} will be down: ${why}`)
  const known = new Set(stranded.map(({ name }) => name))
  const immovable = (await movability(call, snapshot, names)).filter(({ cloud }) => !known.has(cloud))
  const texts = immovable.map(missingText)
  if (texts.length > 0 && !options.interrupt)
    throw new RangeError(`${texts.join('; ')}: remove that first, or pass --interrupt (nothing was changed)`)
  for (const text of texts) terminal.print(`WARNING: ${text}`)
}

/**
 * What would not move. With --interrupt it does not matter if Pacemaker's scheduler cannot be asked. @throws Error that says what to do
 * about that.
 */
async function movability({ system, terminal, options }: Call, snapshot: CibSnapshot, names: readonly string[]) {
  try {
    return await immovableParts(system, snapshot, names)
  } catch (error) {
    if (!(error instanceof ToolFailed || error instanceof Missing)) throw error
    const what = `what would move is unknown: ${error.message}`
    if (!options.interrupt)
      throw new Error(
        `${what}: run "crm_verify --live-check -VV" and correct what it reports, or pass --interrupt (nothing was changed)`,
        { cause: error },
      )
    terminal.print(`WARNING: ${what}`)
    return []
  }
}
