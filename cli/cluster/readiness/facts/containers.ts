import type { Vserver } from '../../../../cloud/cloud.ts'
import { type Examination, wordsIn } from '../../examine/examination.ts'
import { error, type NodeFinding } from '../../examine/finding.ts'

type Examined = Pick<Examination, 'sections'>

/** What vservers need on a node and it does not have. Nothing is said of a node that does not answer that question. */
export function containerFindings(examined: Examined, vservers: readonly Vserver[]): NodeFinding[] {
  const isKnown = examined.sections.has('containers')
  if (!isKnown || vservers.length === 0) return []
  const isMissing = !wordsIn(examined, 'containers').includes('systemd-nspawn')
  const what = `systemd-nspawn is not installed, which ${named(vservers)} needs`
  return [
    ...(isMissing ? [error(what, 'apt-get install systemd-container')] : []),
    ...interfaceFindings(examined, vservers),
  ]
}

/** The bridges and interfaces that vservers are connected to and a node does not have. */
export function interfaceFindings(examined: Examined, vservers: readonly Vserver[]): NodeFinding[] {
  if (!examined.sections.has('containers')) return []
  const present = wordsIn(examined, 'containers')
  const byNetwork = Map.groupBy(vservers, ({ parameters: { network = 'none' } }) => network)
  return [...byNetwork].flatMap(([network, connected]) => {
    const [kind = '', name = ''] = network.split(':')
    if (name === '' || present.includes(network)) return []
    const isOther = kind === 'bridge' && present.includes(`macvlan:${name}`)
    const what = isOther
      ? `${name} is not a bridge`
      : `there is no ${kind === 'bridge' ? 'bridge' : 'interface'} ${name}`
    return [
      error(`${what}, which ${named(connected)} needs`, 'create it here with the name that it has on the other vhosts'),
    ]
  })
}

/** One of them, for a message of bounded length. */
function named([first, ...others]: readonly Vserver[]): string {
  return `the vserver ${first?.name}${others.length === 0 ? '' : ` (and ${others.length} more)`}`
}
