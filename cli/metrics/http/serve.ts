import type { System } from '../../../system/system.ts'
import type { Connection } from '../../terminal/terminal.ts'
import { CONTENT_TYPE, exposition } from '../exposition.ts'
import { scrape } from '../scrape.ts'
import { END_OF_HEAD, parseRequest, type Request } from './request.ts'
import { type Response, refusal, responseBytes } from './response.ts'

/** Far more than Prometheus and browsers send. */
const MAX_HEAD_BYTES = 16_384
const RECEIVE_MILLISECONDS = 5000
const SEND_MILLISECONDS = 10_000

/** Answers the one request of a connection, with the metrics if it asks for those. A client that sends nothing gets no answer. */
export async function serve(system: System, client: Connection): Promise<void> {
  const limits = { maxBytes: MAX_HEAD_BYTES, milliseconds: RECEIVE_MILLISECONDS }
  const { text, is } = await client.receive(END_OF_HEAD, limits)
  const request = is === 'whole' ? parseRequest(text) : undefined
  const isSilent = is === 'closed' && text === ''
  const response = isSilent ? undefined : await responseTo(system, request ?? { refusal: REFUSALS[is], method: '' })
  const bytes = response && responseBytes(response, { now: system.now(), isHead: request?.method === 'HEAD' })
  await client.send(bytes ?? new Uint8Array(), SEND_MILLISECONDS)
}

/** Of a head that did not arrive as a whole. */
const REFUSALS = { whole: 400, closed: 400, 'too large': 431, 'too slow': 408 } as const

async function responseTo(
  system: System,
  request: Request | { readonly refusal: Response['status']; readonly method: string },
): Promise<Response> {
  if ('refusal' in request) return refusal(request.refusal)
  if (request.path === '/') return { status: 200, type: 'text/html; charset=utf-8', body: FRONT_PAGE }
  if (request.path !== '/metrics') return refusal(404)
  const { samples } = await scrape(system)
  return { status: 200, type: CONTENT_TYPE, body: `${exposition(samples).join('\n')}\n` }
}

const FRONT_PAGE = '<!DOCTYPE html><title>VHACS</title><p><a href="/metrics">Metrics of this node</a></p>\n'
