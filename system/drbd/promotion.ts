/**
 * How long a promotion may take, in seconds. DRBD calls its fence-peer handler in it, up to four times, and drbd-utils' own handler
 * waits up to 90 s for Pacemaker: the promotion that times out with it reports nothing and is tried again.
 */
export const PROMOTION_SECONDS = 120
