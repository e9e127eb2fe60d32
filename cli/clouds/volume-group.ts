/** The volume group on every storage node, as in the first VHACS. */
export const VOLUME_GROUP = 'vhacs'
