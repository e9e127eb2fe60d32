import { DRBD_HANDLERS } from '../../../cloud/compose/drbd/handlers.ts'
import { type Sections, wordsIn } from '../examine/examination.ts'
import { error, type NodeFinding } from '../examine/finding.ts'
import { TOOLS } from '../examine/questions.ts'
import { drbdFindings } from './drbd-findings.ts'
import { kernelFindings } from './kernel-findings.ts'

/** Software that is missing, or not of a supported version. */
export function softwareFindings(examined: Sections): NodeFinding[] {
  return [
    ...wordsIn(examined, 'tools')
      .filter(tool => Object.hasOwn(TOOLS, tool))
      .map(tool => error(`${tool} is not installed`, `apt-get install ${TOOLS[tool]}`)),
    ...agentFindings(examined),
    ...kernelFindings(examined),
    ...drbdFindings(examined),
  ]
}

const AGENTS = ['lvm-volume', 'drbd-cloud', 'lio-iblock', 'iscsi-mount', 'ext3-filesystem', 'nspawn-container']

function agentFindings(examined: Sections): NodeFinding[] {
  const installed = wordsIn(examined, 'agents')
  const missing = AGENTS.filter(agent => !installed.includes(agent))
  const lacking = Object.values(DRBD_HANDLERS).filter(path => !installed.includes(path))
  const hasAddressAgent = installed.some(path => path.endsWith('/IPaddr2'))
  return [
    ...(missing.length === 0
      ? []
      : [
          error(
            `agents not installed: ${missing.join(', ')}`,
            'install the same version of VHACS as on the other nodes',
          ),
        ]),
    ...(lacking.length === 0
      ? []
      : [
          error(
            `handlers of DRBD not installed: ${lacking.join(', ')}`,
            'install the same version of VHACS as on the other nodes',
          ),
        ]),
    ...(hasAddressAgent ? [] : [error('the agent IPaddr2 is not installed', 'apt-get install resource-agents')]),
  ]
}
