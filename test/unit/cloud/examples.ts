import type { Cloud, Vserver } from '../../../cloud/cloud.ts'

/** A cloud on node1 and node2, mounted on node2 if possible. */
export const c0: Cloud = {
  name: 'c0',
  volumeGroup: 'vhacs',
  storageNodes: ['node1', 'node2'],
  minor: 0,
  address: '10.77.1.100',
  prefixLength: 24,
  iqn: 'iqn.2026-01.org.vhacs:lab:c0',
  tpgt: 1,
  initiators: ['iqn.2004-10.com.debian:node1', 'iqn.2004-10.com.debian:node2'],
  directory: '/srv/c0',
  mountOptions: 'noatime',
  preferredVhosts: ['node2', 'node1'],
  chap: undefined,
  state: 'active',
}

/** The same on three nodes, which takes DRBD 9. */
export const threeSides: Cloud = { ...c0, storageNodes: ['node1', 'node2', 'node3'] }

/** A second cloud that leaves open everything that may be left open. */
export const bare: Cloud = {
  ...c0,
  name: 'West-1',
  storageNodes: ['node2', 'node1'],
  minor: 7,
  address: '10.77.1.101',
  iqn: 'iqn.2026-01.org.vhacs:lab:west-1',
  initiators: [],
  directory: '/srv/west',
  mountOptions: '',
  preferredVhosts: [],
}

/** A container on c0 that leaves open what may be left open. */
export const web0: Vserver = {
  name: 'web0',
  cloud: 'c0',
  tree: 'web0',
  parameters: {},
  address: undefined,
  state: 'active',
}

/** A second container on c0, with everything. */
export const db0: Vserver = {
  ...web0,
  name: 'db0',
  tree: 'servers/db',
  parameters: {
    command: '/usr/bin/postgres -D /var/lib/postgres',
    network: 'bridge:br0',
    private_users: '1048576',
    memory_max: '2G',
    cpu_weight: '200',
    settings: '/srv/c0/db0.nspawn',
    shutdown_timeout: '120',
  },
  address: { address: '192.0.2.10', prefixLength: 24 },
}
