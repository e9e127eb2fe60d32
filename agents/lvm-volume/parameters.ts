import type { Context } from '../../ocf/agent.ts'
import type { Parameters } from '../../ocf/parameters.ts'
import { parseLvmName } from '../../system/block/lvm-name.ts'

export const parameters = {
  volume: {
    type: 'string',
    required: true,
    identifies: true,
    unique: true,
    short: 'logical volume',
    long: 'Name of the logical volume, without its group. Only this volume is ever activated or deactivated.',
    parse: parseLvmName,
  },
  volume_group: {
    type: 'string',
    identifies: true,
    default: 'vhacs',
    short: 'volume group',
    long: 'Name of the volume group. The group must be private to the node: none of its disks may be shared.',
    parse: parseLvmName,
  },
} as const satisfies Parameters

export type VolumeContext = Context<typeof parameters>

/** The volume as an operator names it. */
export function describeVolume({ volume_group, volume }: VolumeContext['parameters']): string {
  return `volume ${volume_group}/${volume}`
}
