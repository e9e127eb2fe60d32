import { list, object, oneOf, orNull, ref, text } from './json-schema.ts'

const fields = {
  name: text,
  storage: text,
  state: oneOf('active', 'standby'),
  container: orNull(ref('place')),
  address: orNull(text),
  network: text,
  directory: text,
}

export const vserver = object(fields)

export const vserverInfo = object({
  ...fields,
  parameters: { type: 'object', additionalProperties: text },
  failures: list(ref('failure')),
})

export const vservers = object(
  { vservers: list(ref('vserver')), incomplete: list(ref('incomplete')) },
  'vhacs vserver --list, --listbig, --monitor1',
)

export const vserverInfos = object({ vservers: list(ref('vserverInfo')) }, 'vhacs vserver --info')
