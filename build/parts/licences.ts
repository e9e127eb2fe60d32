/**
 * Licences, by their names in SPDX, that a part of the executable may have. VHACS itself is GPL-2.0-or-later; whether the whole may
 * be distributed under version 2 as well depends on the parts.
 * @see https://www.gnu.org/licenses/license-list.html
 */
const COMPATIBLE: Readonly<Record<string, { readonly withGpl2: boolean }>> = {
  '0BSD': { withGpl2: true },
  // its terms on patents and indemnification are stricter than version 2 allows
  'Apache-2.0': { withGpl2: false },
  'BSD-2-Clause': { withGpl2: true },
  'BSD-3-Clause': { withGpl2: true },
  'BlueOak-1.0.0': { withGpl2: true },
  'CC0-1.0': { withGpl2: true },
  ISC: { withGpl2: true },
  MIT: { withGpl2: true },
  'Unicode-3.0': { withGpl2: true },
  Zlib: { withGpl2: true },
}

/** A part with its licence. */
export interface Licensed {
  readonly name: string
  /** In SPDX; licences that apply together are joined by AND. */
  readonly license: string
}

/** The parts that must not be in the executable, because their licence is unknown here or incompatible with the GPL. */
export function incompatible(parts: readonly Licensed[]): string[] {
  return parts
    .filter(({ license }) => licencesIn(license).some(one => COMPATIBLE[one] === undefined))
    .map(({ name, license }) => `${name} (${license})`)
}

/** The parts because of which the whole can only be distributed under version 3 of the GPL. */
export function withoutGpl2(parts: readonly Licensed[]): string[] {
  return parts
    .filter(({ license }) => licencesIn(license).some(one => COMPATIBLE[one]?.withGpl2 === false))
    .map(({ name }) => name)
}

/** The licences that apply together. */
export function licencesIn(expression: string): string[] {
  return expression.split(' AND ')
}
