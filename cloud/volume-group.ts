import { lvmVolume } from '../agents/lvm-volume/index.ts'

/** The volume group of a cloud that names none, on each of its storage nodes. */
export const DEFAULT_VOLUME_GROUP = lvmVolume.parameters.volume_group.default
