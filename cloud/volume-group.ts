import { lvmVolume } from '../agents/lvm-volume/index.ts'

/** The default volume group of a cloud, on each of its storage nodes. */
export const DEFAULT_VOLUME_GROUP = lvmVolume.parameters.volume_group.default
