import type { YAMLError } from 'yaml'

/** The parser's errors in words for operators; its own messages are for programmers. */
const WORDS: Readonly<Record<YAMLError['code'], string>> = {
  ALIAS_PROPS: 'an alias such as *name has neither an anchor nor a tag: remove that',
  BAD_ALIAS: 'the name of an anchor or alias is missing or wrong: write &name, then *name',
  BAD_COLLECTION_TYPE: 'the tag does not fit the value: remove the tag',
  BAD_DIRECTIVE: 'a line that starts with % is a directive of YAML, and this one has no meaning: remove it',
  BAD_DQ_ESCAPE: 'a backslash within "double quotes" starts an escape: write \\\\, or use \'single quotes\'',
  BAD_INDENT: 'the indentation is wrong, or a closing ] or } is missing',
  BAD_PROP_ORDER: 'anchors and tags stand before the value: correct their order',
  BAD_SCALAR_START: 'a value cannot start with this character: put it in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'one line has two keys: put the second on a line of its own, or the value in quotes',
  BLOCK_IN_FLOW: 'a list or mapping within [ ] or { } is written with brackets, too',
  DUPLICATE_KEY: 'this key is in the mapping before: remove one of the two',
  IMPOSSIBLE: 'this cannot be read: check the indentation and the quotes before it',
  KEY_OVER_1024_CHARS: 'a key has more than 1024 characters: check the indentation and the quotes',
  MISSING_CHAR: 'a character is missing here, such as a closing quote, a comma, or a blank after a colon',
  MULTILINE_IMPLICIT_KEY: 'a colon is missing on this line, or the key before it goes over several lines',
  MULTIPLE_ANCHORS: 'a value has one anchor at most: remove one',
  MULTIPLE_DOCS: 'the file has several documents: remove this one, or write it to a file of its own',
  MULTIPLE_TAGS: 'a value has one tag at most: remove one',
  NON_STRING_KEY: 'a key is a text: put it in quotes',
  RESOURCE_EXHAUSTION: 'lists or mappings are nested too deeply',
  TAB_AS_INDENT: 'a tab indents this line: use blanks',
  TAG_RESOLVE_FAILED: 'a tag, which starts with !, has no meaning here: remove it',
  UNEXPECTED_TOKEN: 'this is not expected here: check the indentation, and put special characters in quotes',
}

export function syntaxWords({ code }: Pick<YAMLError, 'code'>): string {
  return `not valid YAML: ${WORDS[code]}`
}
