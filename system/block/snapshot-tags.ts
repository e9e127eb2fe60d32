/*
 * Tags of logical volumes, by which the two sides of a snapshot are known to belong together. The id is the time at which it was taken, in
 * seconds since 1970, and a random number.
 */

/** `taking` until both sides are known to be the same, then `snapshot`; `rollback` is a tag of the origin. */
const KINDS = ['taking', 'snapshot', 'rollback'] as const
type Kind = (typeof KINDS)[number]

const TAG = /^vhacs_(taking|snapshot|rollback)_(\d{1,11}_[0-9a-f]{8})$/

/** A tag, such as `vhacs_snapshot_1795000000_0123abcd`. */
export function snapshotTag(kind: Kind, id: string): string {
  return `vhacs_${kind}_${id}`
}

export function newSnapshotId(milliseconds: number, random: number): string {
  return `${Math.floor(milliseconds / 1000)}_${random.toString(16).padStart(8, '0').slice(-8)}`
}

/** When a snapshot with this id was taken. */
export function snapshotTime(id: string): Date {
  return new Date(Number.parseInt(id, 10) * 1000)
}

/** The first of our tags in a list that is separated by commas; undefined where there is none. */
export function parseSnapshotTags(text: string): { readonly kind: Kind; readonly id: string } | undefined {
  for (const tag of text.split(',')) {
    const [, word, id] = TAG.exec(tag) ?? []
    const kind = KINDS.find(one => one === word)
    if (kind !== undefined && id !== undefined) return { kind, id }
  }
  return undefined
}
