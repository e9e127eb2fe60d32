import type { Agent } from '../ocf/agent.ts'
import { drbdCloud } from './drbd-cloud/index.ts'
import { ext3Filesystem } from './ext3-filesystem/index.ts'
import { iscsiMount } from './iscsi-mount/index.ts'
import { lioIblock } from './lio-iblock/index.ts'
import { lvmVolume } from './lvm-volume/index.ts'
import { nspawnContainer } from './nspawn-container/index.ts'

/** Functions, because the executable evaluates a module when one of its names is first used. */
const AGENTS: Readonly<Record<string, () => Agent>> = {
  'lvm-volume': () => lvmVolume,
  'drbd-cloud': () => drbdCloud,
  'lio-iblock': () => lioIblock,
  'iscsi-mount': () => iscsiMount,
  'ext3-filesystem': () => ext3Filesystem,
  'nspawn-container': () => nspawnContainer,
}

/** The names of all agents, in the order of the stack. */
export const agentNames = Object.keys(AGENTS)

/** The agent of that name; undefined without one. Evaluates no other agent. */
export function agentNamed(name: string): Agent | undefined {
  return Object.hasOwn(AGENTS, name) ? AGENTS[name]?.() : undefined
}
