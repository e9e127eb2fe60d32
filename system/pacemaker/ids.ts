/** A resource's id without the number of the clone instance. */
export function withoutInstanceNumber(instance: string): string {
  return instance.replace(/:\d+$/, '')
}

/** Whether an id or the name of a node can stand in an XPath expression as it is. */
export function isPlainId(id: string): boolean {
  return /^[\w.-]+$/.test(id)
}
