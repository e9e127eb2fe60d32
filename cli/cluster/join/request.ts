import type { NodeRole } from '../../../cloud/configuration.ts'
import { expandRanges } from '../../command/name-ranges.ts'
import { parseRoles } from '../../command/roles.ts'
import { type Call, textOf } from '../../command/verb.ts'
import { parseNewName } from '../init/input/request.ts'

/** The nodes that are to join, and the roles of each. */
export interface JoinRequest {
  readonly nodes: readonly string[]
  readonly roles: readonly NodeRole[]
}

/** @throws RangeError for invalid names and roles. */
export function joinRequest({ value, options }: Call): JoinRequest {
  const roles = textOf(options, 'roles')
  return {
    nodes: expandRanges(value).map(parseNewName),
    roles: roles === undefined ? [] : parseRoles(roles),
  }
}
