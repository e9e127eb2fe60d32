import { DATABASES } from '../../../system/iscsi/node-records.ts'
import { SAVED_TARGET_FILES } from '../../../system/lio/saveconfig.ts'

/**
 * The files of a node that a report contains, as patterns of the shell. Neither the key of corosync nor a file with a CHAP secret is
 * among them.
 */
export const FILE_PATTERNS = [
  '/proc/drbd',
  '/etc/drbd.conf',
  '/etc/drbd.d/*',
  '/run/vhacs/*',
  '/run/vhacs-alert/*',
  '/etc/vhacs.conf',
  '/etc/corosync/corosync.conf',
  ...['pacemaker', 'corosync', 'sbd'].flatMap(name => [`/etc/default/${name}`, `/etc/sysconfig/${name}`]),
  '/etc/iscsi/iscsid.conf',
  '/etc/iscsi/initiatorname.iscsi',
  // a record is ADDRESS,PORT, or the file of an interface below ADDRESS,PORT,TPGT
  ...DATABASES.flatMap(database =>
    ['nodes/*/*', 'nodes/*/*/*', 'send_targets/*/*', 'ifaces/*'].map(path => `${database}/${path}`),
  ),
  ...SAVED_TARGET_FILES,
  '/etc/multipath.conf',
  '/etc/multipath/conf.d/*',
  '/etc/hosts',
  '/var/lib/pacemaker/cib/cib.xml',
] as const

/** Files that contain nothing but a secret: they are read so that it is masked wherever else it occurs, and are not in a report. */
export const SECRET_PATTERNS = ['/etc/vhacs/chap/*', '/var/lib/pacemaker/lrm/cibsecrets/*/*'] as const
