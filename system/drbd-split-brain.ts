/** Left by the split-brain handler of the configuration that vhacs writes; DRBD itself keeps no note of it. */
export const splitBrainMark = (resource: string) => `/run/vhacs/split-brain-${resource}`
