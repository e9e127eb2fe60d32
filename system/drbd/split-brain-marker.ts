import { RUN_DIRECTORY } from '../files.ts'

/**
 * Left by the split-brain handler of the configuration that vhacs writes; DRBD itself keeps no note of it. The agent notes in
 * it which peers that are, as far as DRBD names them.
 */
export const splitBrainMarker = (resource: string) => `${RUN_DIRECTORY}/split-brain-${resource}`
