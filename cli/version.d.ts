/** The version of package.json, put in by the bundler. */
declare const VHACS_VERSION: string
