/*
 * With `nosuid` on the mount, programs in a container on it do not get the rights of their owner: its su, sudo and ping would do nothing.
 */

/** Whether a mount with these options ignores set-user-ID; mount(8) takes the last word. */
export function isNosuid(mountOptions: string): boolean {
  return mountOptions.split(',').findLast(option => option === 'suid' || option === 'nosuid') === 'nosuid'
}

/** The mount options for a cloud with vservers. */
export function withoutNosuid(mountOptions: string): string {
  const options = mountOptions.split(',')
  return options.filter(option => option !== 'nosuid').join(',')
}
