/*
 * The file `info` of an ACL.
 * @see the kernel's drivers/target/iscsi/iscsi_target_configfs.c, lio_target_nacl_info_show
 */

/** Whether the text of one file shows that no initiator is logged in. */
export function isWithoutSession(info: string): boolean {
  return info.startsWith('No active iSCSI Session')
}

/** The initiators that are logged in, in their own spelling, from the text of one or several files. */
export function parseAclInfo(text: string): string[] {
  return [...text.matchAll(/^InitiatorName: (\S+)/gm)].map(([, name = '']) => name)
}
