import { REJECT_DRBD } from '../../examine/lvm-filter.ts'

/*
 * The settings that VHACS needs on a node in addition to the cluster's own.
 */

/** LVM's file for this host alone, read after lvm.conf. @see lvm.conf(5) */
export const LVM_FILE = '/etc/lvm/lvmlocal.conf'

/** Keeps LVM from activating a volume group inside a cloud. */
export const FILTER = `
# Written by vhacs cluster --init: volume groups inside a storage are not this node's.
devices/global_filter = [ ${REJECT_DRBD} ]
`

export const DRBD_FILE = '/etc/drbd.d/global_common.conf'

/** Prevents DRBD from contacting usage.drbd.org when it creates meta-data: the nodes may be unable to reach it. */
export function withoutUsageCount(text: string): string {
  const line = /^([^#\n]*\b)usage-count\s+\w+;/m
  if (line.test(text)) return text.replace(line, '$1usage-count no;')
  const section = /^[ \t]*global[ \t]*\{/m
  return section.test(text) ? text.replace(section, '$&\n\tusage-count no;') : `global {\n\tusage-count no;\n}\n${text}`
}

/** systemd reverses the order at shutdown: Pacemaker stops first, while the services that its resources need still run. */
export const ORDER = `# Written by vhacs cluster --init: at shutdown these stop after Pacemaker.
[Unit]
After=iscsid.socket iscsid.service open-iscsi.service blk-availability.service remote-fs.target
After=target.service rtslib-fb-targetctl.service
`
