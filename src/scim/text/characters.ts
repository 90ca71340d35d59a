/**
 * Characters of names in any script, after UAX #31 (Unicode identifiers): letters, marks, digits, and the
 * signs that stand inside words. What nobody sees is refused, but for the joiners and selectors that a
 * script writes with.
 */

/** Controls, format characters without a picture, fillers, and the blank of Braille. */
const invisible = '[\\p{Cc}\\p{Zl}\\p{Zp}\\p{DI}\\uFFF9-\\uFFFB\\u2800]'

/** Marks that join or silence consonants: those of the canonical combining class 9 (Virama). */
const virama =
  '[\\u094D\\u09CD\\u0A4D\\u0ACD\\u0B4D\\u0BCD\\u0C4D\\u0CCD\\u0D3B\\u0D3C\\u0D4D\\u0DCA\\u0E3A' +
  '\\u0EBA\\u0F84\\u1039\\u103A\\u1714\\u1715\\u1734\\u17D2\\u1A60\\u1B44\\u1BAA\\u1BAB\\u1BF2' +
  '\\u1BF3\\u2D7F\\uA806\\uA82C\\uA8C4\\uA953\\uA9C0\\uAAF6\\uABED\\u{10A3F}\\u{11046}\\u{11070}' +
  '\\u{1107F}\\u{110B9}\\u{11133}\\u{11134}\\u{111C0}\\u{11235}\\u{112EA}\\u{1134D}\\u{113CE}' +
  '-\\u{113D0}\\u{11442}\\u{114C2}\\u{115BF}\\u{1163F}\\u{116B6}\\u{1172B}\\u{11839}\\u{1193D}' +
  '\\u{1193E}\\u{119E0}\\u{11A34}\\u{11A47}\\u{11A99}\\u{11C3F}\\u{11D44}\\u{11D45}\\u{11D97}' +
  '\\u{11F41}\\u{11F42}\\u{1612F}]'

/** Scripts whose letters join, so that U+200C between two of them is seen. */
const joining =
  '[[\\p{scx=Arab}\\p{scx=Syrc}\\p{scx=Mand}\\p{scx=Mong}\\p{scx=Nkoo}\\p{scx=Phag}\\p{scx=Rohg}' +
  '\\p{scx=Adlm}]&&\\p{L}]'

/** A letter with its marks; more than eight are no writing, and would be slow to look through. */
const letterBefore = '(?<=\\p{L}\\p{M}{0,8})'

/** What is right in its place, and not elsewhere. */
const inPlace = [
  // UAX #31, A1: between letters that join. JavaScript does not know which of them do on this side.
  `(?<=${joining}\\p{M}{0,8})\\u200C(?=\\p{M}{0,8}${joining})`,
  // A2 and B: behind a virama, with no vowel sign behind it. At the end of a word, too, as Telugu,
  // Kannada and Odia write a silent consonant, and older Malayalam a chillu.
  `(?<=\\p{L}\\p{M}{0,8}${virama}\\p{M}{0,8})[\\u200C\\u200D](?!\\p{M})`,
  // Beside B: before the virama, as Bengali and Kannada write a whole ra (র‍্যা).
  `(?<=\\p{L})[\\u200C\\u200D](?=${virama}\\p{L})`,
  // Marathi: the first sound of Allen (अ‍ॅलन).
  '(?<=\\u0905)\\u200D(?=\\u0945)',
  // Forms of a Han character, and of Mongolian letters with the separator of their vowels.
  '(?<=\\p{scx=Hani})[\\uFE00-\\uFE02\\u{E0100}-\\u{E01EF}]',
  '(?<=[\\p{scx=Mong}&&\\p{L}])[\\u180B-\\u180D\\u180F]',
  '(?<=[\\p{scx=Mong}&&[\\p{L}\\p{M}]])\\u180E(?=[\\p{scx=Mong}&&\\p{L}])',
  // Between letters: the colon of Swedish (S:t), and the double hyphen as Japanese keyboards have it.
  `${letterBefore}[:\\uFF1D](?=\\p{L})`,
].join('|')

/**
 * Pictures, whole sequences with the joiners and selectors in them (UTS #51): keycaps, the flags of
 * England, Scotland and Wales, and joined ones.
 */
const picture = '\\p{ExtPict}(?:\\p{EMod}|[\\uFE0E\\uFE0F])?'
const pictures = [
  '[0-9#*]\\uFE0F\\u20E3',
  '\\u{1F3F4}\\u{E0067}\\u{E0062}(?:\\u{E0065}\\u{E006E}\\u{E0067}|\\u{E0073}\\u{E0063}\\u{E0074}' +
    '|\\u{E0077}\\u{E006C}\\u{E0073})\\u{E007F}',
  `${picture}(?:\\u200D${picture})*`,
].join('|')

/** Signs of European names, which messages show. */
export const nameSigns = "' ’ ‘ - . , ( ) &"

/**
 * Letters and marks of any script, digits, blanks and signs: those above, and UAX #31's medial and
 * continuing ones with the hyphens of further scripts. Connectors such as _ are left out, and so are
 * marks around a picture, such as that of a keycap.
 */
const inName =
  '[[\\p{ID_Continue}\\p{M}\\p{Zs}' +
  "'’‘\\-.,\\(\\)\\&" +
  // Middle dots: Catalan, Greek, a point of hyphenation, Katakana in both widths.
  '\\u00B7\\u0387\\u2027\\u30FB\\uFF65' +
  // Hyphens: of Unicode, Armenian, Hebrew, Mongolian, Katakana.
  '\\u2010\\u2011\\u058A\\u05BE\\u1806\\u30A0' +
  // Geresh and gershayim, Armenian apostrophe, tsheg, abbreviation of Devanagari, Ethiopic blank.
  '\\u05F3\\u05F4\\u055A\\u0F0B\\u0F0C\\u0970\\u1361' +
  ']--[\\p{Pc}\\p{DI}\\u20DD-\\u20E4]]'

/** Patterns are made for the first text that needs them: it takes milliseconds, which the start has not. */
let made: ReturnType<typeof makePatterns> | undefined

function makePatterns() {
  return {
    invisible: new RegExp(invisible, 'v'),
    inPlace: new RegExp(inPlace, 'gv'),
    pictures: new RegExp(pictures, 'gv'),
    inName: new RegExp(`^${inName}$`, 'v'),
  }
}

function patterns() {
  made ??= makePatterns()
  return made
}

/** Texts that are plainly right: most names, and most addresses. */
const plainName = /^[A-Za-z0-9 '\-.,()&]*$/
const plainText = /^[\x20-\x7E]*$/

/** Characters that the name of a person may not have, each once. */
export function strangeInName(text: string): string[] {
  if (plainName.test(text)) return []
  const { inPlace, inName } = patterns()
  return distinct(text.replace(inPlace, ''), (character) => !inName.test(character))
}

/** Characters that the name of a team may not have, each once: < and >, and what is invisible. */
export function strangeInTeamName(text: string): string[] {
  const markup = distinct(text, (character) => character === '<' || character === '>')
  return [...markup, ...invisibleIn(text)]
}

/** Invisible characters of a text, each once; joiners and selectors where they are not seen. */
export function invisibleIn(text: string): string[] {
  if (plainText.test(text)) return []
  const { invisible, inPlace, pictures } = patterns()
  if (!invisible.test(text)) return []
  const rest = text.replace(inPlace, '').replace(pictures, '')
  return distinct(rest, (character) => invisible.test(character))
}

function distinct(text: string, isMeant: (character: string) => boolean): string[] {
  return [...new Set(Array.from(text).filter(isMeant))]
}

/** At most five characters as a message can show them: those that cannot be seen alone by their number. */
export function listCharacters(characters: readonly string[]): string {
  return characters.slice(0, 5).map(showCharacter).join(' ')
}

function showCharacter(character: string): string {
  return /[\p{C}\p{M}\p{Z}\p{DI}\u2800]/u.test(character)
    ? `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
    : character
}
