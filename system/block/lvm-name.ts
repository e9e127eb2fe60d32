// lvm(8) "VALID NAMES": these characters, no leading dash, neither "." nor "..", 127 with the group's name
const NAME = /^(?!\.{1,2}$)[a-zA-Z0-9+_.][a-zA-Z0-9+_.-]{0,62}$/

/** Whether vhacs can use a name. LVM also allows longer ones for the groups and volumes of other programs. */
export function isLvmName(text: string): boolean {
  return NAME.test(text)
}

/** The name of a volume group, or of a logical volume without its group. @throws RangeError that shows the form. */
export function parseLvmName(text: string): string {
  if (!isLvmName(text))
    throw new RangeError(
      'an LVM name (letters, digits, + _ . -, not starting with a dash, at most 63 characters) is expected',
    )
  return text
}
