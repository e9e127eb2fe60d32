import type { System } from './system.ts'

/** This node's name, which is its name in the cluster and in DRBD's configuration, too. */
export function hostName(system: System): string {
  return system.read('/proc/sys/kernel/hostname').trim()
}
