import { parseVhacsConf } from '../../../../system/nodes/files/vhacs-conf.ts'
import type { Sections } from '../../examine/examination.ts'
import { networkLink } from '../../examine/network-link.ts'

/** A node's end of a corosync link. */
export interface LinkEnd {
  readonly interfaceName: string
  readonly address: string
  readonly prefixLength: number
}

/**
 * A node's ends: on the heartbeat interface, then on the storage interface if it is a different one. An interface without an
 * address has no end, which is a finding of its own.
 * @throws RangeError for invalid settings and addresses.
 */
export function linkEnds({ sections }: Sections): LinkEnd[] {
  const conf = parseVhacsConf(sections.get('conf') ?? '')
  const names = new Set([conf.heartbeatInterface ?? conf.storageInterface, conf.storageInterface])
  return [...names].flatMap(name => {
    const addresses = networkLink(sections.get('links'), name)?.addresses ?? []
    const usable = addresses.filter(({ scope }) => scope === 'global')
    const found = usable.find(({ family }) => family === 'inet') ?? usable[0]
    return found ? [{ interfaceName: name, address: found.local, prefixLength: found.prefixLength }] : []
  })
}
