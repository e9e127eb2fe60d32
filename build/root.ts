import { dirname } from 'node:path'

/** The root directory of the checkout. */
export const root = dirname(import.meta.dirname)
