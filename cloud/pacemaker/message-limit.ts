/** Pacemaker's own value of cluster-ipc-limit: the messages that may wait for one of its daemons before another disconnects it. */
export const STANDARD_MESSAGES = 500

/** Where Pacemaker's scheduler needs a second or two for a decision (docs/benchmark.md): more storages in a cluster are not sensible. */
const MOST_CLOUDS = 128
const PRIMITIVES_OF_A_CLOUD = 6

/** The value of cluster-ipc-limit that Pacemaker's manual recommends: resources by nodes. */
export function neededMessages(resources: number, nodes: number): number {
  return resources * nodes
}

/** The value of cluster-ipc-limit for a new cluster, whatever number of storages it will have. */
export function messagesOfManyClouds(nodes: number): number {
  return neededMessages(MOST_CLOUDS * PRIMITIVES_OF_A_CLOUD, nodes)
}
