/**
 * The `priority` of what runs on a node decides which of two survives when they lose each other: Pacemaker adds up those of the
 * active primitives on each. One of a group would be inherited by its members, count for each, and have Pacemaker place that group
 * before others; of a member it does neither.
 *
 * A container outweighs a hundred mounts: all that runs in it dies with its node. A mount outweighs five hundred exports: the users of
 * a mount that moves lose their files, those of an export only wait. The fencing device runs on one node and breaks a tie: all other
 * sums are even. Each is below Pacemaker's infinity, 1 000 000; the sums may exceed it.
 * @see Pacemaker, lib/pengine/native.c: native_priority_to_node(), and docs/decisions/0074-which-node-survives.md
 */
export const PRIORITIES = { fencing: 1, export: 2, mount: 1000, container: 100_000 } as const
