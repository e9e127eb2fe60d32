import type { System } from './system.ts'

/** This node's name, also in the cluster and in DRBD's configuration. */
export function hostName(system: System): string {
  return system.read('/proc/sys/kernel/hostname').trim()
}

/** Whether a text can be the name of a node: it becomes an argument of tools, and a part of their configuration. */
export function isNodeName(text: string): boolean {
  return /^[a-zA-Z0-9_]([a-zA-Z0-9_.-]{0,252}[a-zA-Z0-9_])?$/.test(text)
}
