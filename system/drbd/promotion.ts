/**
 * How long a promotion may take, in seconds. Meanwhile DRBD calls its fence-peer handler up to four times, and drbd-utils' own
 * handler waits up to 90 s for Pacemaker. A promotion that times out with the handler reports nothing and is tried again.
 */
export const PROMOTION_SECONDS = 120
