/** The version of package.json; the bundler defines it. */
declare const VHACS_VERSION: string
