import { ifAlive, openFiles, processLink } from '../../../../system/proc/processes.ts'
import { systemCall } from '../../../../system/proc/system-call.ts'
import type { System } from '../../../../system/system.ts'

/**
 * The calls that wait with a file, by their numbers on x86-64, and which of their arguments are its descriptors. A call keeps the
 * file in use until it returns, also when another thread has closed the descriptor meanwhile.
 */
const CALLS = new Map<number, readonly number[]>([
  // read, write, pread64, pwrite64, readv, writev, preadv, pwritev, preadv2, pwritev2
  ...[0, 1, 17, 18, 19, 20, 295, 296, 327, 328].map((number): [number, number[]] => [number, [0]]),
  // ioctl, fcntl (F_SETLKW), flock, fsync, fdatasync
  ...[16, 72, 73, 74, 75].map((number): [number, number[]] => [number, [0]]),
  // sendfile, tee, splice, copy_file_range
  [40, [0, 1]],
  [276, [0, 1]],
  [275, [0, 2]],
  [326, [0, 2]],
])

/** Where the kernel waits for a socket or a terminal, which is no file of a file system. */
const WAITS_FOR_OTHERS = /^(__skb_|sk_|tcp_|inet_|udp_|unix_|netlink_|packet_|wait_woken|n_tty_)/

/** The descriptor with which a thread is in a call, and which is not open any more: /proc does not show what file it was. */
export function closedDescriptor(system: System, home: string): number | undefined {
  // a thread of the kernel, which has no executable, shows call 0 on 0
  if (processLink(system, `${home}/exe`) === undefined) return undefined
  if (WAITS_FOR_OTHERS.test(ifAlive(() => system.read(`${home}/wchan`)) ?? '')) return undefined
  const call = systemCall(system, home)
  const places = call && CALLS.get(call.number)
  if (call === undefined || places === undefined) return undefined
  const used = places.flatMap(place => call.args[place] ?? []).map(argument => Number(BigInt.asUintN(32, argument)))
  const open = new Set(openFiles(system, home))
  const closed = used.find(number => !open.has(String(number)))
  // a call on a number that never was a descriptor has returned at once; this one has begun another since
  return closed !== undefined && systemCall(system, home)?.number === call.number ? closed : undefined
}
