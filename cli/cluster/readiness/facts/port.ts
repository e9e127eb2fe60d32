import type { Cloud } from '../../../../cloud/cloud.ts'
import { PORTAL_PORT } from '../../../../cloud/devices.ts'
import type { Sections } from '../../examine/examination.ts'
import { error, type NodeFinding } from '../../examine/finding.ts'

const EVERYWHERE = ['0.0.0.0', '*', '[::]']

/** A line of ss that names a process. LIO listens in the kernel, so its lines name none. @see ss(8) */
const HELD = new RegExp(`^LISTEN\\s+\\d+\\s+\\d+\\s+(\\S+):${PORTAL_PORT}\\s.*users:\\(\\("([^"]*)",pid=(\\d+)`)

/** Processes that listen where the targets of these clouds are to listen. */
export function portFindings({ sections }: Sections, clouds: readonly Pick<Cloud, 'address'>[]): NodeFinding[] {
  const taken = [...EVERYWHERE, ...clouds.flatMap(({ address }) => [address, `[${address}]`])]
  return (sections.get('listeners') ?? '').split('\n').flatMap(line => {
    const [, address = '', name, pid] = HELD.exec(line) ?? []
    if (name === undefined || !taken.includes(address)) return []
    const what = `port ${PORTAL_PORT} of ${address} is held by process ${pid} (${name}): no target can listen there`
    return [error(what, 'stop and disable the service that it belongs to, such as tgt ("systemctl disable --now tgt")')]
  })
}
