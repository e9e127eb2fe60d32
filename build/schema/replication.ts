import { count, flag, list, number, object, oneOf, orNull, text } from './json-schema.ts'

const connection = { node: text, connection: text, outOfSyncBytes: count, syncedPercent: orNull(number) }

const side = {
  ...connection,
  role: text,
  disk: text,
  peerDisk: text,
  suspended: orNull(oneOf('user', 'no-data', 'fencing', 'quorum', 'failing')),
  hasSplitBrain: flag,
}

/** A side of a storage, in one or three ways. */
export const replication = {
  anyOf: [
    object(side),
    object({ ...side, peers: list(object({ ...connection, disk: text })), hasQuorum: flag }),
    object({ node: text, problem: text }),
  ],
}
