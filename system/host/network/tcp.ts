import type { TcpAnswer } from '../../addresses.ts'
import { hasCode, type System } from '../../system.ts'

/** Of System: loads what it needs when it is called, as hardly any monitor does. */
export const tryConnect: System['tryConnect'] = async ({ address, port }, milliseconds) => {
  const { connect } = await import('node:net')
  return new Promise(resolve => {
    const socket = connect({ host: address, port, timeout: milliseconds })
    const end = (answer: TcpAnswer) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => end('accepted'))
    socket.once('timeout', () => end('none'))
    socket.once('error', error => end(hasCode(error, 'ECONNREFUSED') ? 'refused' : 'none'))
  })
}
