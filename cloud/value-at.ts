/** The value of a key from outside; undefined for keys such as `constructor`, which every object has. */
export function valueAt<T>(values: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return values && Object.hasOwn(values, key) ? values[key] : undefined
}
