import type { NodeRole } from '../../cloud/configuration.ts'

const ROLES: readonly NodeRole[] = ['storage', 'vhost']

/** The roles in a list such as `storage,vhost`, or all of them for `ALL`. @throws RangeError for an unknown role. */
export function parseRoles(text: string): readonly NodeRole[] {
  if (text === 'ALL') return ROLES
  return text.split(',').map(word => {
    const role = ROLES.find(known => known === word)
    if (role === undefined) throw new RangeError(`"${word}" is not a role: give storage, vhost or both`)
    return role
  })
}
