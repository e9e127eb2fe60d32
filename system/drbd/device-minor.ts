/** The minor number in the usual path of a DRBD device, /dev/drbd0; undefined for any other path. */
export function minorInPath(device: string): number | undefined {
  const digits = /^\/dev\/drbd(\d{1,9})$/.exec(device)?.[1]
  return digits === undefined ? undefined : Number(digits)
}
