import type { System } from './system.ts'

/** This node's name, also in the cluster and in DRBD's configuration. */
export function hostName(system: System): string {
  return system.read('/proc/sys/kernel/hostname').trim()
}
