import { ifPresent, type System } from '../system.ts'

export const INITIATOR_NAME_FILE = '/etc/iscsi/initiatorname.iscsi'

/**
 * The name by which targets know this node; undefined when it does not have one yet.
 * Reads /etc/iscsi/initiatorname.iscsi, which holds GenerateName=yes until iscsid is started for the first time.
 */
export function initiatorName(system: System): string | undefined {
  return parseInitiatorName(ifPresent(() => system.read(INITIATOR_NAME_FILE)) ?? '')
}

/**
 * The initiator name in the text of that file, read as iscsid reads it: from the first line that has the key before any `#` and a
 * value after the next `=`, without the blanks around the value. A `#` after the key is part of the value. In lower case, as
 * targets compare it (see parseInitiator); the result need not be a valid iSCSI name.
 * @see open-iscsi, usr/sysdeps.c and usr/iscsi_util.c, cfg_get_string_param
 */
export function parseInitiatorName(text: string): string | undefined {
  const values = text.split('\n').map(valueIn)
  // ASCII only: toLowerCase() would turn the Kelvin sign into the letter k, which makes another name
  return values.find(value => value !== undefined)?.replace(/[A-Z]+/g, letters => letters.toLowerCase())
}

const KEY = 'InitiatorName'

function valueIn(line: string): string | undefined {
  const key = line.indexOf(KEY)
  const comment = line.indexOf('#')
  const equals = key < 0 || (comment >= 0 && comment < key) ? -1 : line.indexOf('=', key)
  return equals < 0 ? undefined : line.slice(equals + 1).trim() || undefined
}
