/** First words of the DRBD configurations that vhacs writes. */
export const MADE_BY_VHACS = '# Made by vhacs for the cloud '
