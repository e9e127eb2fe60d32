/*
 * The file `info` of an ACL.
 * @see the kernel's drivers/target/iscsi/iscsi_target_configfs.c, lio_target_nacl_info_show
 */

/** Whether the text of one file says that no initiator is logged in. */
export function isWithoutSession(info: string): boolean {
  return info.startsWith('No active iSCSI Session')
}

/** The initiators that are logged in, as they spell their names, in the text of one file or of several. */
export function parseAclInfo(text: string): string[] {
  return [...text.matchAll(/^InitiatorName: (\S+)/gm)].map(([, name = '']) => name)
}
