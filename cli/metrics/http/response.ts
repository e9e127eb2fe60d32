/** What answers a request. */
export interface Response {
  readonly status: keyof typeof STATUSES
  readonly type: string
  readonly body: string
  /** Further fields of the head. */
  readonly fields?: Readonly<Record<string, string>>
}

const STATUSES = {
  200: 'OK',
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
  505: 'HTTP Version Not Supported',
} as const

/** A response whose body names its status. */
export function refusal(status: Response['status']): Response {
  const fields = status === 405 ? { Allow: 'GET, HEAD' } : {}
  return { status, type: 'text/plain; charset=utf-8', body: `${status} ${STATUSES[status]}\n`, fields }
}

/** The bytes of a response in HTTP/1.1, after which the connection ends; without its body for a request with HEAD. */
export function responseBytes(response: Response, { now, isHead }: { readonly now: number; readonly isHead: boolean }) {
  const { status, type, body, fields = {} } = response
  const content = Buffer.from(body)
  const head = Object.entries({
    Date: new Date(now).toUTCString(),
    'Content-Type': type,
    'Content-Length': String(content.length),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...fields,
    Connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  const start = Buffer.from(`HTTP/1.1 ${status} ${STATUSES[status]}\r\n${head.join('')}\r\n`)
  return Buffer.concat(isHead ? [start] : [start, content])
}
