import { dirname } from 'node:path'

/** The top of the checkout. */
export const root = dirname(import.meta.dirname)
