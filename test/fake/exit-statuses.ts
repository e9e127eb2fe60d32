const upTo = (last: number) => [...Array(last).keys()].map(index => index + 1)
const from = (first: number, last: number) => upTo(last).filter(status => status >= first)

// crm_exit_t in Pacemaker 3.0, include/crm/common/results.h, which `crm_error -X -l` lists
const CRM_EXIT = [...from(1, 9), ...from(64, 78), ...from(100, 114), 124, 190, 191, 193]

// iscsiadm(8), "EXIT STATUS", and include/iscsi_err.h of open-iscsi
const ISCSI_ERR = upTo(32)

/** lvm2: tools/errors.h; drbdadm(8), drbdsetup(8), systemctl(1), systemd-run(1), journalctl(1), mount(8), fsfreeze(8), e2fsck(8), grep(1). */
export const exitStatuses = {
  lvs: upTo(5),
  lvchange: upTo(5),
  dmsetup: [1],
  modprobe: [1],
  drbdadm: [1, 2, 3, 5, 10, 11, 16, 17, 20],
  drbdsetup: [1, 2, 3, 5, 10, 11, 16, 17, 20],
  crm_attribute: CRM_EXIT,
  iscsiadm: ISCSI_ERR,
  systemctl: [1, 3, 4, 5],
  'systemd-run': [1],
  journalctl: [1],
  mount: [1, 2, 4, 8, 16, 32, 64],
  fsfreeze: [1],
  umount: [1, 2, 4, 8, 16, 32, 64],
  e2fsck: [1, 2, 4, 8, 16, 32, 128],
  dd: [1],
  grep: [1, 2],
} as const satisfies Readonly<Record<string, readonly number[]>>
