import { DRBD_HANDLERS } from '../../../cloud/compose/drbd-handlers.ts'
import { type Sections, wordsIn } from '../examine/examination.ts'
import { error, type NodeFinding } from '../examine/finding.ts'
import { MODULES, TOOLS } from '../examine/questions.ts'

/** What is not installed, or not in a supported version. */
export function softwareFindings(examined: Sections): NodeFinding[] {
  return [
    ...wordsIn(examined, 'tools').map(tool => error(`${tool} is not installed`, `apt-get install ${TOOLS[tool]}`)),
    ...agentFindings(examined),
    ...moduleFindings(examined),
  ]
}

const AGENTS = ['lvm-volume', 'drbd-cloud', 'lio-iblock', 'iscsi-mount', 'ext3-filesystem']

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

function moduleFindings(examined: Sections): NodeFinding[] {
  const available = wordsIn(examined, 'modules').map(name => name.replaceAll('-', '_'))
  const missing = MODULES.filter(module => !available.includes(module)).map(module =>
    error(
      `the kernel has no module ${module}`,
      'install a kernel that has it: linux-image-amd64, not linux-image-cloud-amd64',
    ),
  )
  const version = examined.sections.get('drbd') ?? ''
  if (version === '' || isSupportedDrbd(version)) return missing
  const todo = "use the kernel's own DRBD (8.4): remove drbd-dkms and reboot"
  return [...missing, error(`DRBD ${version} is not supported`, todo)]
}

export function isSupportedDrbd(version: string): boolean {
  return version.startsWith('8.4.')
}
