import { readFileSync } from 'node:fs'

/** What a healthy node says when it is examined (test/fixtures/examination/README.md). */
export const RECORDED = readFileSync(new URL('../../fixtures/examination/debian-12.txt', import.meta.url), 'utf8')
