import { isAtLeast, versionIn } from '../../version.ts'

/**
 * Pacemaker's properties about fencing, by their names since 3.0.2, each with its former name. Where both are set, a Pacemaker that
 * supports the new one uses it; an older one ignores it. @see Pacemaker's lib/common/options.c
 */
const FORMER_NAMES = {
  'fencing-enabled': 'stonith-enabled',
  'fencing-action': 'stonith-action',
  'fencing-reaction': 'fence-reaction',
  'fencing-timeout': 'stonith-timeout',
  'fencing-watchdog-timeout': 'stonith-watchdog-timeout',
  'fencing-max-attempts': 'stonith-max-attempts',
} as const

export type FencingProperty = keyof typeof FORMER_NAMES

/** The first version that supports the new names. */
const RENAMED = [3, 0, 2] as const

/** The name to set a property by, so that all these versions of Pacemaker, such as `2.1.5`, read it. */
export function fencingPropertyName(property: FencingProperty, versions: readonly string[]): string {
  return versions.length > 0 && versions.every(knowsNewNames) ? property : FORMER_NAMES[property]
}

/** The name and the value that a Pacemaker of this version uses; undefined when the property is not set. */
export function fencingProperty(
  properties: ReadonlyMap<string, string>,
  property: FencingProperty,
  version: string,
): { readonly name: string; readonly value: string } | undefined {
  const names = [...(knowsNewNames(version) ? [property] : []), FORMER_NAMES[property]]
  const found = names.map(name => ({ name, value: properties.get(name) ?? '' }))
  return found.find(({ value }) => value !== '')
}

/** A version of an unknown form counts as an old one. */
function knowsNewNames(text: string): boolean {
  const version = versionIn(text)
  return version !== undefined && isAtLeast(version, RENAMED)
}
