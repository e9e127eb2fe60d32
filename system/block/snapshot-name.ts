import { isLvmName, parseLvmName } from './lvm-name.ts'

/** With the name of a storage, of at most 32 characters, and the dot: the 63 that isLvmName allows. LVM reserves words with underscores. */
const NAME = /^(?!all$)[a-z0-9][a-z0-9-]{0,29}$/i

/** The name of a snapshot of a storage, unique among those of that storage. @throws RangeError that shows the expected form. */
export function parseSnapshotName(text: string): string {
  if (!NAME.test(text))
    throw new RangeError(
      `a snapshot's name (letters, digits and dashes, at most 30, a letter or digit first, other than "all") is expected, got ${JSON.stringify(text.slice(0, 60))}`,
    )
  return text
}

/** The name of the logical volume of a snapshot; no storage's name has a dot. */
export function snapshotVolumeName(storage: string, snapshot: string): string {
  return parseLvmName(`${storage}.${snapshot}`)
}

/** The storage and the snapshot that a logical volume is named after; undefined for another volume. */
export function parseSnapshotVolume(text: string): { readonly storage: string; readonly snapshot: string } | undefined {
  const [storage = '', snapshot = '', ...more] = text.split('.', 3)
  return isLvmName(text) && storage !== '' && more.length === 0 && NAME.test(snapshot)
    ? { storage, snapshot }
    : undefined
}
