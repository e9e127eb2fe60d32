import type { Element } from '../xml.ts'

/** Names of roles in OCF 1.0, which Pacemaker uses in a CIB of an older schema, and in OCF 1.1; it ignores their case. */
const ROLES: ReadonlyMap<string, string> = new Map([
  ['master', 'Promoted'],
  ['promoted', 'Promoted'],
  ['slave', 'Unpromoted'],
  ['unpromoted', 'Unpromoted'],
])

/** The name of a role in OCF 1.1; other names are kept as they are. */
export function currentRole(name: string): string {
  return ROLES.get(name.toLowerCase()) ?? name
}

/** The first schema with the roles Promoted and Unpromoted, that of Pacemaker 2.1.0. */
export const PROMOTED_SCHEMA = [3, 7] as const

/** Whether a CIB can contain those roles; undefined for `none`, and for the schemas that only developers use. */
export function knowsPromoted({ attributes: { 'validate-with': schema = '' } }: Element): boolean | undefined {
  const [, major, minor] = /^pacemaker-(\d{1,3})\.(\d{1,3})$/.exec(schema) ?? []
  if (major === undefined || minor === undefined) return undefined
  const [firstMajor, firstMinor] = PROMOTED_SCHEMA
  return Number(major) > firstMajor || (Number(major) === firstMajor && Number(minor) >= firstMinor)
}
