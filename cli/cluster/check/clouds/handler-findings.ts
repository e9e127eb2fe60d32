import type { Cluster } from '../../../../cloud/cib/read/cluster.ts'
import { DRBD_HANDLERS, isFencingScript } from '../../../../cloud/compose/drbd/handlers.ts'
import { resourceFile } from '../../../../system/drbd/config/files.ts'
import type { Section } from '../../../../system/drbd/config/syntax.ts'
import { isAtLeast, versionIn } from '../../../../system/version.ts'
import { resourceFiles } from '../../examine/drbd-files.ts'
import type { Examination, Sections } from '../../examine/examination.ts'
import { error, type Finding, warning } from '../../examine/finding.ts'

/**
 * Storages whose DRBD calls its own scripts for Pacemaker, with the cost on nodes where the scripts do not understand Pacemaker's
 * output; and storages whose constraint is removed too early.
 */
export function handlerFindings(examinations: readonly Examination[], { clouds }: Pick<Cluster, 'clouds'>): Finding[] {
  const sides = examinations.map(examined => ({ examined, files: resourceFiles(examined) }))
  return clouds.flatMap(({ name, storageNodes }) => {
    const calling = (event: string, isOne: (command: string) => boolean) =>
      sides.flatMap(({ examined, files }) =>
        storageNodes.includes(examined.node) && commandsFor(event, files.get(name)?.resource).some(isOne)
          ? [examined]
          : [],
      )
    const todo = `vhacs storage --sethandlers ${name} (I/O continues)`
    const withScript = calling('fence-peer', isFencingScript)
    const blind = withScript.map(misunderstanding).find(why => why !== undefined)
    if (blind !== undefined) return [error(`each failover of ${name} pauses for 90 s: ${blind}`, todo)]
    const place = (found: readonly Examination[]) =>
      `${resourceFile(name)} on ${found.map(({ node }) => node).join(' and ')}`
    if (withScript.length > 0)
      return [warning(`${place(withScript)} calls DRBD's crm-fence-peer.sh, not the handler of VHACS`, todo)]
    const tooEarly = calling('after-resync-target', command => command === DRBD_HANDLERS['unfence-peer'])
    return tooEarly.length === 0 ? [] : [warning(`${place(tooEarly)} ${TOO_EARLY}`, todo)]
  })
}

const TOO_EARLY =
  'removes the fence constraint before the other side has registered the end of the resync (after-resync-target)'

/** The commands that DRBD calls for an event. */
function commandsFor(event: string, resource: Section | string | undefined): string[] {
  if (resource === undefined || typeof resource === 'string') return []
  const handlers = resource.children.filter(({ words }) => words[0] === 'handlers').flatMap(({ children }) => children)
  return handlers.flatMap(({ words: [name, command = ''] }) => (name === event ? [command] : []))
}

/** Since this version, Pacemaker records times where the script expects words; since that version, the script accepts them. */
const PACEMAKER = [2, 1, 7]
const DRBD_UTILS = [9, 28, 0]

function misunderstanding({ sections }: Sections): string | undefined {
  const pacemaker = versionIn(sections.get('pacemaker'))
  const utils = versionIn(sections.get('drbd-utils'))
  if (pacemaker === undefined || utils === undefined) return undefined
  const isBlind = isAtLeast(pacemaker, PACEMAKER) && !isAtLeast(utils, DRBD_UTILS)
  const [these, those] = [utils.join('.'), pacemaker.join('.')]
  return isBlind ? `crm-fence-peer.sh of drbd-utils ${these} does not understand Pacemaker ${those}` : undefined
}
