/**
 * Milliseconds of the clock that all processes of a node share (CLOCK_MONOTONIC). Not performance.now(): Node.js loads a dozen of
 * its modules for that, which costs a monitor more than its own work.
 */
export function monotonicMilliseconds(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1e3 + nanoseconds / 1e6
}
