/*
 * Texts of the files that VHACS needs on a node besides those of the cluster.
 */

/** What `lvmconfig` says where nobody has set one. */
export const DEFAULT_FILTER = 'global_filter=["a|.*|"]'

/** LVM's file for this host alone, read after lvm.conf. @see lvm.conf(5) */
export const LVM_FILE = '/etc/lvm/lvmlocal.conf'

/** Keeps LVM from taking hold of a volume group inside of a cloud. */
export const FILTER = `
# Written by vhacs cluster --init: what is inside of a storage is not this node's.
devices/global_filter = [ "r|^/dev/drbd|" ]
`

export const DRBD_FILE = '/etc/drbd.d/global_common.conf'

/** Without DRBD's question to usage.drbd.org whenever meta-data are made: a cluster's network need not lead there. */
export function withoutUsageCount(text: string): string {
  const line = /^([^#\n]*\b)usage-count\s+\w+;/m
  if (line.test(text)) return text.replace(line, '$1usage-count no;')
  const section = /^[ \t]*global[ \t]*\{/m
  return section.test(text) ? text.replace(section, '$&\n\tusage-count no;') : `global {\n\tusage-count no;\n}\n${text}`
}

/** Resource-agents brings the target, which Pacemaker is ordered after. */
export const ORDER_FILE = '/etc/systemd/system/resource-agents-deps.target.d/vhacs.conf'

/** At shutdown systemd goes the other way round: Pacemaker stops first, while what its resources stand on still works. */
export const ORDER = `# Written by vhacs cluster --init: at shutdown these stop after Pacemaker.
[Unit]
After=iscsid.socket iscsid.service open-iscsi.service blk-availability.service remote-fs.target
After=target.service rtslib-fb-targetctl.service
`
