import { type Sections, wordsIn } from '../../examine/examination.ts'
import { SBD_AGENTS, type SbdAgent } from '../../examine/sbd.ts'

const SECTION = 'fencing'
const SBD = '/usr/sbin/sbd'

export const SBD_QUESTION = `section ${SECTION}; ls ${SBD} /usr/lib/stonith/plugins/external/sbd /usr/sbin/fence_sbd`

export function isSbdInstalled(examined: Sections): boolean {
  return wordsIn(examined, SECTION).includes(SBD)
}

/** The preferred of the installed fencing agents that use sbd's disk; undefined when there is none. */
export function sbdAgent(examined: Sections): SbdAgent | undefined {
  const paths = wordsIn(examined, SECTION)
  return SBD_AGENTS.find(agent => paths.some(path => path.endsWith(agent)))
}
