import type { System } from '../system.ts'

/** Of System: loads what it needs when it is called, as hardly any monitor does. */
export const connects: System['connects'] = async ({ address, port }, milliseconds) => {
  const { connect } = await import('node:net')
  return new Promise(resolve => {
    const socket = connect({ host: address, port, timeout: milliseconds })
    const end = (isAccepted: boolean) => {
      socket.destroy()
      resolve(isAccepted)
    }
    socket.once('connect', () => end(true))
    socket.once('timeout', () => end(false))
    socket.once('error', () => end(false))
  })
}
