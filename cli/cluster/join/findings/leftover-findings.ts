import type { Cloud } from '../../../../cloud/cloud.ts'
import { addressTextKey } from '../../../../system/addresses.ts'
import { resourceFile } from '../../../../system/drbd/config/files.ts'
import { type Examination, wordsIn } from '../../examine/examination.ts'
import { error, type NodeFinding } from '../../examine/finding.ts'
import { addressesOn } from '../addresses.ts'

/**
 * What a node still has of storages of the cluster. Pacemaker asks a node that joins for every resource: one that it finds there counts as
 * running twice, and is stopped on all nodes.
 */
export function leftoverFindings(examined: Examination, clouds: readonly Cloud[]): NodeFinding[] {
  const addresses = addressesOn(examined).map(({ local }) => addressTextKey(local))
  const volumes = (examined.sections.get('volumes') ?? '').split('\n').map(line => line.trim().split(/\s+/))
  const targets = wordsIn(examined, 'targets')
  const files = wordsIn(examined, 'resources')
  const mounts = (examined.sections.get('directories') ?? '').split('\n')
  return clouds.flatMap(({ name, volumeGroup, iqn, address, directory }) => {
    const parts: readonly (readonly [boolean, string, string])[] = [
      [
        mounts.some(line => line.startsWith('mounted ') && line.endsWith(` ${directory}`)),
        directory,
        `umount ${directory}`,
      ],
      [targets.includes(iqn), `the target ${iqn}`, `targetcli /iscsi delete ${iqn}`],
      [addresses.includes(addressTextKey(address)), `the address ${address}`, `ip address delete ${address} there`],
      [files.includes(`${name}.res`), resourceFile(name), `drbdadm down ${name}; rm ${resourceFile(name)}`],
      [
        volumes.some(([group, volume]) => group === volumeGroup && volume === name),
        `the volume ${volumeGroup}/${name}`,
        `if nobody needs its data: lvremove ${volumeGroup}/${name}`,
      ],
    ]
    return parts
      .filter(([isThere]) => isThere)
      .map(([, what, todo]) => error(`still has ${what} of the storage ${name}`, todo))
  })
}
