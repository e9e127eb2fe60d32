/** The kernel modules of an iSCSI target with IBLOCK backstores. */
export const LIO_MODULES = ['target_core_mod', 'target_core_iblock', 'iscsi_target_mod'] as const
