import { count, list, number, object, oneOf, orNull, ref, text, time } from './json-schema.ts'

/** A snapshot of a storage. */
export const snapshot = object({
  storage: text,
  name: text,
  takenAt: time,
  state: oneOf('complete', 'incomplete', 'lost', 'merging', 'unknown'),
  sides: list(object({ node: text, sizeBytes: orNull(count), usedRatio: orNull(number) })),
})

/** All of vhacs storage --snapshots. */
export const snapshots = object(
  {
    snapshots: list(ref('snapshot')),
    rollbacks: list(object({ storage: text, nodes: list(text) })),
    problems: list(object({ node: text, why: text })),
  },
  'vhacs storage --snapshots',
)
