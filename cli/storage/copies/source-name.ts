import { parseSnapshotName } from '../../../system/block/snapshot-name.ts'

/** What an operator wants to be copied: `mail1`, or `mail1@monday`. @throws RangeError */
export function parseSourceName(text: string): { readonly storage: string; readonly snapshot: string | undefined } {
  const [storage = '', ...more] = text.split('@')
  const [snapshot] = more
  if (storage === '' || storage === 'ALL' || more.length > 1)
    throw new RangeError(`the name of a storage, or STORAGE@SNAPSHOT, is expected, got ${JSON.stringify(text)}`)
  return { storage, snapshot: snapshot === undefined ? undefined : parseSnapshotName(snapshot) }
}
