import { exists, listNames, readLine } from '../../../system/files.ts'
import { parseAclInfo } from '../../../system/lio/acl-info.ts'
import { aclInfoPath, type TpgAddress, tpgPath } from '../../../system/lio/paths.ts'
import type { System } from '../../../system/system.ts'
import { type Sample, sample } from '../definitions.ts'
import type { SamplesOf } from './part.ts'

/** The targets of the storages whose data this node holds, from configfs. */
export const targetSamples: SamplesOf = ({ system, host, clouds = [] }) =>
  clouds
    .filter(({ storageNodes }) => storageNodes.includes(host))
    .map(
      ({ name, iqn, tpgt }) =>
        () =>
          samplesOf(system, name, { iqn, tpgt }),
    )

function samplesOf(system: System, storage: string, address: TpgAddress): Sample[] {
  const tpg = tpgPath(address)
  if (!exists(system, tpg)) return [sample('target_enabled', false, { storage })]
  const sessions = listNames(system, `${tpg}/acls`).filter(
    initiator => parseAclInfo(readLine(system, aclInfoPath(address, initiator)) ?? '').length > 0,
  )
  return [
    sample('target_enabled', readLine(system, `${tpg}/enable`) === '1', { storage }),
    sample('target_sessions', sessions.length, { storage }),
  ]
}
