import type { Tool } from '../system/system.ts'

/** dd(1), with which a deep monitor reads and writes past the page cache. */
export const dd: Tool = { name: 'dd', package: 'coreutils' }
