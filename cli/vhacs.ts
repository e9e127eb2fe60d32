import type { System } from '../system/system.ts'

/** Runs the vhacs command; returns its exit status. */
export async function vhacs(args: readonly string[], system: System): Promise<number> {
  void args
  void system
  return 2
}
