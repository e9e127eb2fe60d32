import type { Cluster } from '../../../../cloud/cib/read/cluster.ts'
import { isFencingScript } from '../../../../cloud/compose/drbd/handlers.ts'
import { resourceFile } from '../../../../system/drbd/config/files.ts'
import type { Section } from '../../../../system/drbd/config/syntax.ts'
import { isAtLeast, versionIn } from '../../../../system/version.ts'
import { resourceFiles } from '../../examine/drbd-files.ts'
import type { Examination, Sections } from '../../examine/examination.ts'
import { error, type Finding, warning } from '../../examine/finding.ts'

/** Storages whose DRBD calls its own scripts for Pacemaker, and what that costs on nodes whose Pacemaker these do not understand. */
export function handlerFindings(examinations: readonly Examination[], { clouds }: Pick<Cluster, 'clouds'>): Finding[] {
  const sides = examinations.map(examined => ({ examined, files: resourceFiles(examined) }))
  return clouds.flatMap(({ name, storageNodes }) => {
    const withScript = sides.filter(
      ({ examined, files }) => storageNodes.includes(examined.node) && callsScript(files.get(name)?.resource),
    )
    if (withScript.length === 0) return []
    const todo = `vhacs storage --sethandlers ${name} (I/O goes on)`
    const blind = withScript.map(({ examined }) => misunderstanding(examined)).find(why => why !== undefined)
    if (blind !== undefined) return [error(`each failover of ${name} pauses for 90 s: ${blind}`, todo)]
    const nodes = withScript.map(({ examined }) => examined.node).join(' and ')
    const what = `${resourceFile(name)} on ${nodes} calls DRBD's crm-fence-peer.sh, not the handler of VHACS`
    return [warning(what, todo)]
  })
}

function callsScript(resource: Section | string | undefined): boolean {
  if (resource === undefined || typeof resource === 'string') return false
  const handlers = resource.children.filter(({ words }) => words[0] === 'handlers').flatMap(({ children }) => children)
  return handlers.some(({ words: [event, command = ''] }) => event === 'fence-peer' && isFencingScript(command))
}

/** Since this version, Pacemaker records times where the script expects words; since that one, the script knows. */
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
