import type { Chap, Credential } from '../cloud.ts'
import type { Attributes } from './composition.ts'

/**
 * Stands for a secret that somebody has written into the CIB in clear text: it is left where it is, and never shown. No
 * agent takes it for a secret, because of the blank.
 */
export const HIDDEN_SECRET = '(not shown)'

/** The parameters of target and initiator alike; a secret's file by its path, cibsecret's by `lrm://`. */
export function chapParametersOf(chap: Chap | undefined): Attributes {
  return { ...sideOf('', chap?.initiator), ...sideOf('mutual_', chap?.target) }
}

type Prefix = '' | 'mutual_'

function sideOf(prefix: Prefix, credential: Credential | undefined): Attributes {
  if (credential === undefined) return {}
  const { user, secret } = credential
  return { [`${prefix}chap_user`]: user, [`${prefix}chap_secret${secret.startsWith('/') ? '_file' : ''}`]: secret }
}

/** What a resource's parameters say of CHAP. */
export function chapIn(parameters: Attributes): Chap | undefined {
  const initiator = credentialIn(parameters, '')
  return initiator && { initiator, target: credentialIn(parameters, 'mutual_') }
}

function credentialIn(parameters: Attributes, prefix: Prefix): Credential | undefined {
  const user = parameters[`${prefix}chap_user`]
  const file = parameters[`${prefix}chap_secret_file`]
  const text = parameters[`${prefix}chap_secret`]
  if (user === undefined) return undefined
  return { user, secret: file ?? (text === 'lrm://' ? text : HIDDEN_SECRET) }
}

/** Whether a parameter may hold a secret, which no message shows. */
export function isSecret(parameter: string): boolean {
  return parameter.endsWith('chap_secret')
}
