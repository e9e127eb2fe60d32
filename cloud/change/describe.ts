import type { Chap, Cloud } from '../cloud.ts'
import { joinedNames } from '../listed-names.ts'
import { formatSize } from '../sizes.ts'

/** A new cloud in one line; `existing` is the size of adopted data. */
export function cloudText(cloud: Cloud, sizeBytes: number | 'existing' | undefined): string {
  const { storageNodes, address, directory, preferredVhosts, state } = cloud
  const size = sizeBytes === 'existing' ? 'existing data' : sizeBytes === undefined ? 'data' : formatSize(sizeBytes)
  const vhosts = preferredVhosts.length > 0 ? `, by ${preferredVhosts.join(', then ')} if possible` : ''
  const standby = state === 'standby' ? ', in standby' : ''
  return `${size} on ${joinedNames(storageNodes)}, exported at ${address}, mounted on ${directory}${vhosts}${standby}`
}

/** The differences between two versions of a cloud, one line each. */
export function differenceLines(before: Cloud, after: Cloud): string[] {
  const properties: readonly (readonly [string, string, string])[] = [
    ['state', before.state, after.state],
    ['storage nodes, the preferred one first', list(before.storageNodes), list(after.storageNodes)],
    ['preferred vhosts', list(before.preferredVhosts), list(after.preferredVhosts)],
    ['directory', before.directory, after.directory],
    ['mount options', before.mountOptions || 'none', after.mountOptions || 'none'],
    ['address', `${before.address}/${before.prefixLength}`, `${after.address}/${after.prefixLength}`],
    ['CHAP', chapText(before.chap), chapText(after.chap)],
  ]
  return [
    ...properties
      .filter(([, old, next]) => old !== next)
      .map(([property, old, next]) => `${property}: ${old} -> ${next}`),
    ...initiatorLines(before.initiators, after.initiators),
  ]
}

function initiatorLines(before: readonly string[], after: readonly string[]): string[] {
  return [
    ...after.filter(name => !before.includes(name)).map(name => `initiator ${name} may log in`),
    ...before.filter(name => !after.includes(name)).map(name => `initiator ${name} may no longer log in`),
  ]
}

function list(words: readonly string[]): string {
  return words.join(', ') || 'none'
}

/** The line may show the location of a secret; the secret itself is not available here. */
function chapText(chap: Chap | undefined): string {
  if (chap === undefined) return 'none'
  const { initiator, target } = chap
  const mutual = target ? `, mutual: user ${target.user}, secret ${target.secret}` : ''
  return `user ${initiator.user}, secret ${initiator.secret}${mutual}`
}
