/**
 * The initiators that are logged in, in the text of the file `info` of one ACL or of several: one of an ACL without a session
 * says "No active iSCSI Session for Initiator Endpoint: …" instead.
 * @see the kernel's drivers/target/iscsi/iscsi_target_configfs.c, lio_target_nacl_info_show
 */
export function parseAclInfo(text: string): string[] {
  return [...text.matchAll(/^InitiatorName: (\S+)/gm)].map(([, name = '']) => name)
}
