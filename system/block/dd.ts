import type { Tool } from '../system.ts'

/** Reads a device in a process of its own, which can be abandoned when a disk hangs. */
export const dd: Tool = { name: 'dd', package: 'coreutils' }
