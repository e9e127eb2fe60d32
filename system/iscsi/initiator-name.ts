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
 * The initiator name in the text of that file, read as iscsid reads it: from the first line that has the key before any `#` and
 * a value after the next `=`, without the blanks around the value. A `#` after the key is part of the value.
 * @see open-iscsi, usr/sysdeps.c and usr/iscsi_util.c, cfg_get_string_param
 */
export function parseInitiatorName(text: string): string | undefined {
  for (const line of text.split('\n')) {
    const key = line.indexOf('InitiatorName')
    const equals = key < 0 || line.slice(0, key).includes('#') ? -1 : line.indexOf('=', key)
    const value = equals < 0 ? '' : line.slice(equals + 1).trim()
    if (value !== '') return value
  }
  return undefined
}
