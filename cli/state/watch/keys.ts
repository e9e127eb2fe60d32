/** The keys of the live views, for the help. */
export const WATCH_KEYS = 'Keys: q quits, s sorts by the next column, r reverses the order, f filters by a text.'
