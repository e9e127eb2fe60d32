/** A request that is answered with what is at its path, or the status of its refusal. */
export type Request =
  | { readonly method: 'GET' | 'HEAD'; readonly path: string }
  | { readonly refusal: 400 | 405 | 505; readonly method: string }

/** The blank line that ends the head of a request. */
export const END_OF_HEAD = '\r\n\r\n'

const REQUEST_LINE = /^([A-Za-z]{1,20}) (\S{1,2000}) HTTP\/(\d)\.\d$/
const FIELD = /^[\w!#$%&'*+.^`|~-]{1,100}:/

/**
 * Reads the head of an HTTP/1.1 or HTTP/1.0 request, without its body.
 * @see RFC 9112, sections 2 to 5
 */
export function parseRequest(text: string): Request {
  // blank lines before the request are ignored; lone newlines end a line, too
  const [line = '', ...fields] = text.trim().split(/\r?\n/)
  const [, method = '', target = '', version] = REQUEST_LINE.exec(line) ?? []
  const refused = (refusal: 400 | 405 | 505): Request => ({ refusal, method })
  if (version === undefined) return refused(400)
  if (version !== '1') return refused(505)
  const isNamed = fields.some(field => /^host:/i.test(field)) || line.endsWith('/1.0')
  if (!isNamed || !fields.every(field => FIELD.test(field))) return refused(400)
  if (method !== 'GET' && method !== 'HEAD') return refused(405)
  const [path = ''] = target.replace(/^https?:\/\/[^/]*/i, '').split('?', 1)
  return { method, path: path === '' ? '/' : path }
}
