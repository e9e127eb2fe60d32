/** mount(8), umount(8), EXIT STATUS, in our words. */
export const mountStatuses: [status: number, meaning: string][] = [
  [1, 'incorrect invocation or permissions'],
  [2, 'system error'],
  [4, 'internal bug of mount'],
  [8, 'interrupted'],
  [16, 'problems with /etc/mtab'],
  [32, 'mount failure'],
  [64, 'some mounts succeeded'],
]
