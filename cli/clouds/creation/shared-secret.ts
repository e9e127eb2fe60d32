import { randomBytes } from 'node:crypto'

/** A new secret of 192 bits, as 32 characters that need no escape in a DRBD configuration, which allows 64. */
export function newSharedSecret(): string {
  return randomBytes(24).toString('base64url')
}
