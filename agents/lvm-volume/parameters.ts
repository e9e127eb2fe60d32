import type { Context } from '../../ocf/agent.ts'
import type { Parameters } from '../../ocf/parameters.ts'
import { parsePattern } from '../../ocf/values.ts'

// lvm(8) "VALID NAMES": these characters, no leading dash, neither "." nor "..", 127 with the group's name
const parseName = parsePattern(
  /^(?!\.{1,2}$)[a-zA-Z0-9+_.][a-zA-Z0-9+_.-]{0,62}$/,
  'an LVM name (letters, digits, + _ . -, not starting with a dash, at most 63 characters)',
)

export const parameters = {
  volume: {
    type: 'string',
    required: true,
    identifies: true,
    unique: true,
    short: 'logical volume',
    long: 'Name of the logical volume, without its group. Only this volume is ever activated or deactivated.',
    parse: parseName,
  },
  volume_group: {
    type: 'string',
    identifies: true,
    default: 'vhacs',
    short: 'volume group',
    long: 'Name of the volume group. The group must be private to the node: none of its disks may be shared.',
    parse: parseName,
  },
} as const satisfies Parameters

export type VolumeContext = Context<typeof parameters>

/** The volume as an operator names it. */
export function describeVolume({ volume_group, volume }: VolumeContext['parameters']): string {
  return `volume ${volume_group}/${volume}`
}
