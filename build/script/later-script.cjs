const { readFileSync } = require('node:fs')
const sea = require('node:sea')
const { Script } = require('node:vm')

/** What each script exports: the later ones that have been read, and the main one. */
const loaded = {}

/**
 * What a later script exports. It gets this function as a parameter: a second one would make a second instance of each module, whose
 * errors would be of other classes. In the executable V8 compiles it from the code cache beside it; outside of the executable the script
 * is a file beside the main one.
 */
const laterScript = file => {
  loaded[file] ??= load(file)
  return loaded[file]
}

function load(file) {
  const isSea = sea.isSea()
  const bytes = name => (isSea ? Buffer.from(sea.getRawAsset(name)) : readFileSync(`${__dirname}/${name}`))
  const cachedData = isSea ? bytes(`${file}.cache`) : undefined
  // the text is ASCII, as esbuild writes it
  const script = new Script(bytes(file).latin1Slice(), { filename: file, cachedData })
  if (script.cachedDataRejected) process.emitWarning(`Code cache data of ${file} rejected.`)
  const module = { exports: {} }
  script.runInThisContext()(module.exports, require, module, __dirname, laterScript)
  return module.exports
}

exports.laterScript = laterScript
exports.loaded = loaded
