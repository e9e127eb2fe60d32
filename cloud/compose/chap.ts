import type { Chap, Credential } from '../cloud.ts'
import type { Attributes } from './composition.ts'

/**
 * Stands for a secret that was written into the CIB in clear text: it stays in the CIB and is never shown. No agent accepts this
 * text as a secret, because of the space in it.
 */
export const HIDDEN_SECRET = '(not shown)'

/** The CHAP parameters, the same for target and initiator: a secret is the path of its file, or `lrm://` for cibsecret. */
export function chapParametersOf(chap: Chap | undefined): Attributes {
  return { ...credentialParameters('', chap?.initiator), ...credentialParameters('mutual_', chap?.target) }
}

type Prefix = '' | 'mutual_'

function credentialParameters(prefix: Prefix, credential: Credential | undefined): Attributes {
  if (credential === undefined) return {}
  const { user, secret } = credential
  return { [`${prefix}chap_user`]: user, [`${prefix}chap_secret${secret.startsWith('/') ? '_file' : ''}`]: secret }
}

/** The CHAP credentials in a resource's parameters; undefined without a user. */
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

/** Whether a parameter may contain a secret, which no message may show. */
export function isSecret(parameter: string): boolean {
  return parameter.endsWith('chap_secret')
}
