/** Listening sockets as Linux 6.1 shows them, and established connections, each a pair of local and remote end. */
export function procNetTcp(
  sockets: readonly string[],
  connections: readonly (readonly [local: string, remote: string])[] = [],
): string {
  const listening = [...new Set(sockets)].map(socket => `${endHex(socket)} 00000000:0000 0A`)
  const established = connections.map(([local, remote]) => `${endHex(local)} ${endHex(remote)} 01`)
  const lines = [...listening, ...established].map(
    (socket, index) =>
      `   ${index}: ${socket} 00000000:00000000 00:00000000 00000000     0        0 ${26000 + index} 1\n`,
  )
  return `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n${lines.join('')}`
}

function endHex(socket: string): string {
  const colon = socket.lastIndexOf(':')
  const port = Number(socket.slice(colon + 1))
  return `${hexOf(socket.slice(0, colon))}:${port.toString(16).toUpperCase().padStart(4, '0')}`
}

/** Words of 32 bits, the lowest byte first. */
function hexOf(address: string): string {
  const hex = (value: number, digits: number) => value.toString(16).toUpperCase().padStart(digits, '0')
  if (!address.startsWith('['))
    return address
      .split('.')
      .reverse()
      .map(byte => hex(Number(byte), 2))
      .join('')
  const [head = '', tail] = address.slice(1, -1).split('::')
  const groups = (text: string) => (text === '' ? [] : text.split(':'))
  const missing = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length
  const all = [...groups(head), ...Array<string>(missing).fill('0'), ...groups(tail ?? '')]
  const bytes = all.flatMap(group => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255])
  return [0, 4, 8, 12]
    .flatMap(at => bytes.slice(at, at + 4).reverse())
    .map(byte => hex(byte, 2))
    .join('')
}
