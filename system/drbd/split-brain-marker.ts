import { RUN_DIRECTORY } from '../files.ts'

/**
 * Created by the split-brain handler in the configuration that vhacs writes; DRBD itself does not record a split brain. The
 * agent writes the names of the peers into it, as far as DRBD reports them.
 */
export const splitBrainMarker = (resource: string) => `${RUN_DIRECTORY}/split-brain-${resource}`
