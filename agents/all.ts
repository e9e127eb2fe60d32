import type { Agent } from '../ocf/agent.ts'
import { drbdCloud } from './drbd-cloud/index.ts'
import { ext3Filesystem } from './ext3-filesystem/index.ts'
import { iscsiMount } from './iscsi-mount/index.ts'
import { lioIblock } from './lio-iblock/index.ts'
import { lvmVolume } from './lvm-volume/index.ts'

/** All agents, in the order of the stack. */
export const agents: readonly Agent[] = [lvmVolume, drbdCloud, lioIblock, iscsiMount, ext3Filesystem]
