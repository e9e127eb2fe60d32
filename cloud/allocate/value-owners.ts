import { addressTextKey } from '../../system/addresses.ts'

/** The keys whose values must be unique among the clouds of a cluster. */
export const UNIQUE_KEYS = ['iqn', 'address', 'minor', 'directory'] as const
type UniqueKey = (typeof UNIQUE_KEYS)[number]

/** A cloud or another resource that has a value. */
export interface ValueOwner {
  readonly name: string
  readonly key: UniqueKey
  readonly value: string
  /** The value as written in the file; undefined for chosen values, and for those that are not in the file. */
  readonly written: string | undefined
}

/** The owners of values, indexed for looking up hundreds of clouds. */
export interface ValueOwners {
  add(owner: ValueOwner): void
  /** An owner of the same value, or of a directory inside this one or around it: one mount would hide the other. */
  find(value: Pick<ValueOwner, 'key' | 'value'>): ValueOwner | undefined
}

export function valueOwners(owners: readonly ValueOwner[]): ValueOwners {
  const taken = new Map<string, ValueOwner>()
  /** By each parent of the owners' directories. */
  const inside = new Map<string, ValueOwner>()
  const addTo = (index: Map<string, ValueOwner>, key: string, owner: ValueOwner) => {
    if (!index.has(key)) index.set(key, owner)
  }
  const add = (owner: ValueOwner) => {
    addTo(taken, indexKey(owner), owner)
    for (const around of directoriesAround(owner)) addTo(inside, around, owner)
  }
  for (const owner of owners) add(owner)
  return {
    add,
    find: value => {
      const around = directoriesAround(value).map(key => taken.get(key))
      return taken.get(indexKey(value)) ?? around.find(owner => owner !== undefined) ?? inside.get(indexKey(value))
    },
  }
}

/** A key that is the same for all forms of a value. */
function indexKey({ key, value }: Pick<ValueOwner, 'key' | 'value'>): string {
  return `${key} ${NORMAL_FORM[key](value)}`
}

const NORMAL_FORM: Readonly<Record<UniqueKey, (value: string) => string>> = {
  // LIO and the names in this cluster use lower case
  iqn: value => value.toLowerCase(),
  address: addressTextKey,
  minor: value => value,
  directory: value => `/${partsOf(value).join('/')}`,
}

function directoriesAround({ key, value }: Pick<ValueOwner, 'key' | 'value'>): string[] {
  if (key !== 'directory') return []
  const parts = partsOf(value)
  return parts.map((_, length) => `${key} /${parts.slice(0, length).join('/')}`)
}

function partsOf(path: string): string[] {
  return path.split('/').filter(part => part !== '' && part !== '.')
}
