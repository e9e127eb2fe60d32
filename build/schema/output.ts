import { event, history, interruption, route } from './history.ts'
import { count, flag, list, number, object, oneOf, orNull, ref, type Schema, text, time } from './json-schema.ts'
import { replication } from './replication.ts'
import { snapshot, snapshots } from './snapshots.ts'
import { vserver, vserverInfo, vserverInfos, vservers } from './vservers.ts'

/*
 * The JSON Schema of what vhacs prints with --json, as docs/json.md describes it. The unit tests hold each output to it.
 */

const node = {
  name: text,
  haStatus: oneOf('online', 'standby', 'maintenance', 'pending', 'offline', 'unclean'),
  roles: list(oneOf('storage', 'vhost')),
  freeBytes: orNull(count),
  sizeBytes: orNull(count),
  exported: count,
  mounted: count,
  problem: orNull(text),
}

const storage = {
  name: text,
  state: oneOf('active', 'standby'),
  drbd: list(ref('drbdSide')),
  target: orNull(ref('place')),
  mount: orNull(ref('place')),
  isReady: orNull(flag),
  address: text,
  directory: text,
  freeBytes: orNull(count),
  usedBytes: orNull(count),
  sizeBytes: orNull(count),
}

const place = { node: text, isFailed: flag, isDegraded: flag }

/** What occurs in several outputs. */
const parts = {
  node: object(node),
  nodeInfo: object({
    ...node,
    exports: list(text),
    mounts: list(text),
    holds: list(text),
    vservers: list(text),
    failures: list(ref('failure')),
    facts: { type: 'object', additionalProperties: text },
  }),
  storage: object(storage),
  storageInfo: object({
    ...storage,
    sides: list(ref('side')),
    device: text,
    port: count,
    iqn: text,
    tpgt: count,
    portal: text,
    chap: oneOf('none', 'one-way', 'mutual'),
    initiators: list(text),
    sessions: list(text),
    identity: orNull(text),
    preferredVhosts: list(text),
    mounted: orNull(object({ source: text, fstype: text, options: text })),
    vservers: list(ref('vserver')),
    fences: list(object({ id: text, goodNode: text, goodNodes: list(text) })),
    failures: list(ref('failure')),
    takeovers: list(ref('takeover')),
    lastRehearsal: orNull(ref('rehearsal')),
    lastVerification: orNull(ref('verification')),
    problems: list(text),
  }),
  vserver,
  vserverInfo,
  drbdSide: object({ ...place, role: oneOf('primary', 'secondary', 'stopped') }),
  place: object(place),
  failure: object({ resource: text, node: text, action: text, reason: text, isDegraded: flag }),
  replication,
  volume: object({ path: text, sizeBytes: count, isActive: flag }),
  side: object({
    node: text,
    volume: orNull(ref('volume')),
    replication: ref('replication'),
    address: orNull(text),
  }),
  action: object({ task: text, resource: text, from: orNull(text), to: orNull(text) }),
  takeover: object({
    part: oneOf('export', 'mount'),
    without: text,
    when: list(oneOf('loss', 'standby')),
    by: list(text),
    isReady: flag,
    obstacles: list(object({ what: text, todo: text })),
    actions: list(ref('action')),
  }),
  rehearsal: object({
    at: time,
    ageSeconds: number,
    isPassed: flag,
    node: text,
    pauseSeconds: orNull(list(number)),
    reason: orNull(text),
  }),
  verification: object({
    at: time,
    ageSeconds: number,
    outcome: oneOf('equal', 'equalised', 'different', 'repaired'),
    isEqual: flag,
    differentBytes: count,
    durationSeconds: count,
  }),
  route,
  event,
  interruption,
  snapshot,
  incomplete: object({ name: text, why: text }),
  change: object({ name: text, lines: list(text) }),
}

/** The outputs, by names of their own; the description is the call. */
const outputs = {
  check: object(
    {
      findings: list(
        object({ severity: oneOf('error', 'warning', 'note'), node: orNull(text), what: text, todo: text }),
      ),
    },
    'vhacs cluster --check',
  ),
  history,
  cluster: object(
    {
      nodes: list(ref('node')),
      storages: list(ref('storage')),
      vservers: list(ref('vserver')),
      incomplete: list(ref('incomplete')),
    },
    'vhacs cluster --monitor1',
  ),
  nodes: object({ nodes: list(ref('node')) }, 'vhacs node --list'),
  nodeInfos: object({ nodes: list(ref('nodeInfo')) }, 'vhacs node --info'),
  storages: object(
    { storages: list(ref('storage')), incomplete: list(ref('incomplete')) },
    'vhacs storage --list, --listbig, --monitor1',
  ),
  storageInfos: object({ storages: list(ref('storageInfo')) }, 'vhacs storage --info'),
  vservers,
  vserverInfos,
  snapshots,
  difference: object(
    {
      added: list(ref('change')),
      changed: list(ref('change')),
      nodes: list(ref('change')),
      grown: list(object({ cloud: text, fromBytes: number, toBytes: number })),
      replaced: list(object({ cloud: text, from: text, to: text })),
      absent: list(text),
      actions: list(ref('action')),
      interrupted: list(object({ cloud: text, how: oneOf('unmounted', 'waits') })),
      vservers: object({
        added: list(ref('change')),
        changed: list(ref('change')),
        absent: list(text),
        stopped: list(text),
      }),
      notes: list(text),
    },
    'vhacs compose --diff',
  ),
}

export const outputSchema: Schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'The output of vhacs with --json',
  description:
    'Each call prints one of these objects: see docs/json.md. Fields may be added until the next major version.',
  anyOf: Object.keys(outputs).map(ref),
  $defs: { ...outputs, ...parts },
}
