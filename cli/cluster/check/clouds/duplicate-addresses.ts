import type { Cloud } from '../../../../cloud/cloud.ts'
import { resourceIds } from '../../../../cloud/ids.ts'
import type { ActiveResource } from '../../../../cloud/pacemaker/active-resources.ts'
import { addressKey, addressOf } from '../../../../system/addresses.ts'
import { type Neighbour, neighboursIn, networkLinks } from '../../../../system/nodes/addresses.ts'
import { parseJson } from '../../../../system/nodes/json.ts'
import { ifReadable } from '../../../run/if-readable.ts'
import type { Examination } from '../../examine/examination.ts'
import { error, type Finding } from '../../examine/finding.ts'

/**
 * Service addresses at which another host than the exporting node answers: the initiators of the storage lose their target to it now
 * and then. The other nodes remember the hardware address that has answered last.
 */
export function duplicateAddressFindings(
  examinations: readonly Examination[],
  clouds: readonly Cloud[],
  active: readonly ActiveResource[],
): Finding[] {
  return clouds.flatMap(cloud => {
    const exporter = active.find(({ id }) => id === resourceIds(cloud.name).address)?.node
    const own = examinations.find(({ node }) => node === exporter)
    const macs = own && macsIn(own)
    if (macs === undefined || macs.length === 0) return []
    return examinations.flatMap(({ node, sections }) => {
      const stranger = neighboursOf(sections.get('neighbours')).find(
        ({ address, mac, isReachable }) =>
          isReachable && mac !== undefined && !macs.includes(mac) && keyOf(address) === keyOf(cloud.address),
      )
      if (node === exporter || stranger === undefined) return []
      const what = `${stranger.mac}, which is not ${exporter}, answers at ${cloud.address}, the service address of ${cloud.name}`
      return [error(what, 'find the host with that hardware address, and give it another IP address', node)]
    })
  })
}

/** Of a text that cannot be read nothing is known; the links are reported with the settings. */
function macsIn({ sections }: Examination): string[] {
  return ifReadable(() => networkLinks(parseJson(sections.get('links') ?? '[]')))?.flatMap(({ mac }) => mac ?? []) ?? []
}

function neighboursOf(json = '[]'): Neighbour[] {
  return ifReadable(() => neighboursIn(parseJson(json))) ?? []
}

function keyOf(text: string): string | undefined {
  const address = addressOf(text)
  return address && addressKey(address)
}
