import type { Licensed } from './licences.ts'

/**
 * The parts that Node.js's own LICENSE names, each with its licence; null for parts that are in the sources but not in the binary.
 */
const PARTS: Readonly<Record<string, string | null>> = {
  Acorn: 'MIT',
  'c-ares': 'MIT',
  merve: 'MIT',
  ittapi: 'BSD-3-Clause',
  amaro: 'MIT',
  swc: 'Apache-2.0',
  ICU: 'Unicode-3.0',
  libuv: 'MIT',
  LIEF: 'Apache-2.0',
  llhttp: 'MIT',
  corepack: null,
  undici: 'MIT',
  postject: null,
  OpenSSL: 'Apache-2.0',
  'Punycode.js': 'MIT',
  V8: 'BSD-3-Clause',
  SipHash: 'CC0-1.0',
  zlib: 'Zlib',
  simdjson: 'Apache-2.0',
  simdutf: 'MIT',
  ada: 'MIT',
  minimatch: 'BlueOak-1.0.0',
  npm: null,
  GYP: null,
  inspector_protocol: 'BSD-3-Clause',
  jinja2: null,
  markupsafe: null,
  'cpplint.py': null,
  'gypi_to_gn.py': null,
  gtest: null,
  nghttp2: 'MIT',
  large_pages: 'MIT',
  caja: 'Apache-2.0',
  brotli: 'MIT',
  zstd: 'BSD-3-Clause',
  HdrHistogram: 'BSD-2-Clause',
  'node-heapdump': 'ISC',
  rimraf: 'ISC',
  uvwasi: 'MIT',
  ngtcp2: 'MIT',
  nghttp3: 'MIT',
  'node-fs-extra': 'MIT',
  'on-exit-leak-free': 'MIT',
  'sonic-boom': 'MIT',
}

/** A part of Node.js, with its folder in the sources of Node.js and the text of its licence. */
export interface NodePart extends Licensed {
  readonly location: string
  readonly text: string
}

/**
 * The parts of Node.js that are in its binary, from its LICENSE.
 * @throws Error for a part that is unknown here: look up its licence.
 */
export function nodeParts(license: string): NodePart[] {
  const headings = [...license.matchAll(/^- (.+?), located at (\S+), is licensed as follows:$/gm)]
  const unknown = headings.flatMap(([, name = '']) => (PARTS[name] === undefined ? [name] : []))
  if (unknown.length > 0) throw new Error(`new parts of Node.js: ${unknown.join(', ')}; look up their licences`)
  return headings.flatMap(({ 0: heading, 1: name = '', 2: location = '', index }, place) => {
    const known = PARTS[name]
    const text = license.slice(index + heading.length, headings[place + 1]?.index).replaceAll('"""', '')
    return known ? [{ name: `Node.js: ${name}`, license: known, location, text: text.trim() }] : []
  })
}
