import { recorded } from './recorded.ts'

const NAMES = ['node1', 'node2', 'node3']

/** The recorded state that a connection is taken from; `none` for a connection that is not configured. */
export type Connection =
  | 'uptodate-primary.node1'
  | 'peer-down-primary.node2'
  | 'syncsource.node1'
  | 'standalone-secondary.node2'
  | 'none'

/** Derived: a recorded side with the connections of others, to these nodes in turn. */
export function derived(
  name: string,
  connections: readonly Connection[],
  { isPrimary = name === 'node1', hasQuorum = true }: { isPrimary?: boolean; hasQuorum?: boolean } = {},
): string {
  const parts = (state: string) => JSON.parse(recorded(state))[0]
  const own = parts('uptodate-primary.node1')
  const others = NAMES.filter(other => other !== name)
  return JSON.stringify([
    {
      ...own,
      role: isPrimary ? 'Primary' : 'Secondary',
      suspended: !hasQuorum,
      'suspended-quorum': !hasQuorum,
      devices: own.devices.map((device: object) => ({ ...device, quorum: hasQuorum })),
      connections: connections.flatMap((state, index) =>
        state === 'none' ? [] : [{ ...parts(state).connections[0], name: others[index], 'peer-node-id': index + 1 }],
      ),
    },
  ])
}
