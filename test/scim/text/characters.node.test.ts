/** Names of people and teams in the scripts of the world, and characters that nobody sees. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  invisibleIn,
  listCharacters,
  strangeInName,
  strangeInTeamName,
} from '../../../src/scim/text/characters'

/** Names as people write them, by script or language. */
const names: Readonly<Record<string, readonly string[]>> = {
  English: ["O'Brien", 'O’Brien', 'Jean-Luc', 'Ph.D., (retired) & Sons', 'Ann 2', 'Louis Ⅷ'],
  'further hyphens': ['Jean‐Luc', 'Jean‑Luc'],
  Catalan: ['Gal·la', 'Marcel·lí', 'Ŀuïsa'],
  Swedish: ['Anna S:t Clair'],
  Vietnamese: ['Nguyễn Thị Ánh', 'Nguye\u0302\u0303n'],
  Turkish: ['İpek Işık', 'Gökçe'],
  Greek: ['Νίκος Παπαδόπουλος', 'Α·Β'],
  Cyrillic: ['Мар’яна', 'Алёна Щукина', 'Ғұмар'],
  Uzbek: ['O‘zbek', 'Oʻzbek', 'Sharofatʼ'],
  Hawaiian: ['Kaʻiulani', 'Kaʻahumanu Kāne'],
  Armenian: ['Արամ Խաչատրյան', 'Տեր֊Պետրոսյան', 'Դ՚Արտանյան'],
  Georgian: ['შოთა რუსთაველი'],
  Hebrew: ['ג׳ורג׳', 'צה״ל', 'בן־גוריון', 'שָׂרָה'],
  Arabic: ['محمد علي', 'عَبْدُ اللّٰه'],
  Persian: ['علی‌رضا', 'نازی‌آباد', 'امیر‌حسین'],
  Urdu: ['محمد‌علی جناح'],
  Syriac: ['ܡܪܝܡ'],
  'N’Ko': ['ߒߞߏ ߞߊ߲߬ߕߍ'],
  Adlam: ['𞤀𞤣𞤤𞤢𞤥'],
  Devanagari: ['हिन्दी नाम', 'डॉ॰ शर्मा', 'शक्‍ति', 'राज्‌कुमार'],
  Marathi: ['अ‍ॅलन', 'गोऱ्हे'],
  Bengali: ['র‍্যাচেল', 'কৃষ্‌ণ', 'অনিন্দ্য'],
  Gujarati: ['રાજેન્દ્ર'],
  Gurmukhi: ['ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ'],
  Odia: ['ଜଗନ୍ନାଥ', 'ଜାନ୍‌ ସିଂହ'],
  Tamil: ['லக்‌ஷ்மி', 'ஸ்ரீனிவாசன்'],
  Telugu: ['రాజ్‌కుమార్', 'వెంకటేశ్వర్లు', 'ఫ్రాన్స్‌'],
  Kannada: ['ರಾಜ್‌ಕುಮಾರ್', 'ರ‍್ಯಾಲಿ', 'ಜಾನ್‌'],
  Malayalam: ['രമേശന്‍', 'ശ്രീധരൻ', 'ശ്രീധരന്‍ നായര്‍'],
  Sinhala: ['ක්‍ෂණික', 'ශ්‍රී ලංකා', 'චන්ද්‍රිකා'],
  Thai: ['สมชาย ใจดี', 'ณัฐฯ'],
  Lao: ['ສົມສັກ'],
  Khmer: ['សុខា ច័ន្ទ'],
  Burmese: ['အောင်ဆန်းစုကြည်'],
  Tibetan: ['བསྟན་འཛིན་', 'ཚེ་རིང', 'བཀྲ༌ཤིས'],
  Mongolian: ['ᠮᠣᠩᠭᠣᠯ', 'ᠰᠠᠷ\u180Eᠠ', 'ᠭ\u180Bᠠ', 'Батбаяр'],
  Ethiopic: ['ኃይለ፡ሥላሴ', 'አበበ ቢቂላ'],
  Chinese: ['李小龙', '阿凡提·买买提', '葛󠄀城'],
  Japanese: [
    'ジョン・スミス',
    'ｼﾞｮﾝ･ｽﾐｽ',
    'ジャン＝リュック',
    'ジャン゠リュック',
    '渡邉󠄂 一郎',
    '髙橋　花子',
  ],
  Korean: ['김민준', 'ᄀᆞᆷ'],
  Cherokee: ['ᏣᎳᎩ'],
  Inuktitut: ['ᓄᓇᕗᑦ'],
}

const every = Object.entries(names).flatMap(([script, list]) =>
  list.map((name) => [script, name] as const),
)

describe('a name', () => {
  it.each(every)('in %s is a name: %s', (_, name) => {
    expect(strangeInName(name)).toEqual([])
    expect(strangeInTeamName(name)).toEqual([])
    expect(invisibleIn(name)).toEqual([])
  })

  it('stays one in both forms of composition, in either case, and beside another', () => {
    const one = fc.constantFrom(...every.map(([, name]) => name))
    fc.assert(
      fc.property(
        one,
        one,
        fc.constantFrom(' ', '-', ', ', ' (', '\u00a0'),
        (left, right, sign) => {
          for (const form of ['NFC', 'NFD'] as const) {
            const text = `${left}${sign}${right}`.normalize(form)
            expect(strangeInName(text)).toEqual([])
            expect(strangeInTeamName(text.toUpperCase())).toEqual([])
          }
        },
      ),
    )
  })

  // Tibetan ends them with a shad, and Khmer parts words by U+200B, which a name does not need.
  it('may be what the locales of this machine call their languages and regions', () => {
    const locales =
      'ar bn de el en fa gu he hi hy ja ka kn ko lo ml mn mr my ne or pa ru si ta te th uk ur uz vi zh'
    for (const locale of locales.split(' ')) {
      const languages = new Intl.DisplayNames([locale], { type: 'language' })
      const regions = new Intl.DisplayNames([locale], { type: 'region' })
      for (const code of locales.split(' '))
        expect(strangeInName(languages.of(code) ?? '')).toEqual([])
      for (const code of ['AT', 'IN', 'IR', 'JP', 'LK', 'UZ', 'MM']) {
        expect(strangeInTeamName(regions.of(code) ?? '')).toEqual([])
      }
    }
  })
})

/** Joiners and selectors, which some scripts write with. */
const joiners = ['\u200c', '\u200d', '\u180b', '\u180e', '\ufe00', '\u{e0100}']

/** Controls, marks of direction, fillers, and blanks without width or picture. */
const unseen = [
  ['\u0000', '\t', '\n', '\u001b', '\u007f', '\u0085', '\u00ad', '\u034f', '\u061c', '\u115f'],
  ['\u1160', '\u17b4', '\u200b', '\u200e', '\u200f', '\u2028', '\u2029', '\u202a', '\u202e'],
  ['\u2060', '\u2063', '\u2066', '\u2069', '\u206f', '\u2800', '\u3164', '\ufe0f', '\ufeff'],
  ['\uffa0', '\ufff9', '\u{1d173}', '\u{e0001}', '\u{e0041}', '\u{e01ef}'],
].flat()

describe('a character that nobody sees', () => {
  const one = fc.constantFrom(...every.map(([, name]) => name))

  it('is found in any name, wherever it stands', () => {
    fc.assert(
      fc.property(one, fc.constantFrom(...unseen), fc.nat(), (name, hidden, at) => {
        const place = at % (name.length + 1)
        const text = `${name.slice(0, place)}${hidden}${name.slice(place)}`.toWellFormed()
        // A selector of a Han character is one where it stands behind such a character.
        fc.pre(!(hidden === '\u{e01ef}' && /\p{scx=Hani}\u{e01ef}/u.test(text)))
        expect(strangeInName(text)).toContain(hidden)
        expect(strangeInTeamName(text)).toContain(hidden)
        expect(invisibleIn(text)).toContain(hidden)
      }),
      { numRuns: 2_000 },
    )
  })

  it('is a joiner or selector outside its place: at a beginning, doubled, in other scripts', () => {
    for (const joiner of joiners) {
      for (const text of [
        `a${joiner}b`,
        `${joiner}ab`,
        `ab${joiner}`,
        `Ж${joiner}ы`,
        `א${joiner}ב`,
      ]) {
        expect(strangeInName(text), JSON.stringify(text)).toEqual([joiner])
        expect(strangeInTeamName(text), JSON.stringify(text)).toEqual([joiner])
        expect(invisibleIn(text), JSON.stringify(text)).toEqual([joiner])
      }
    }
    const misplaced = ['علی‌', '‌علی', 'علی‌‌رضا', 'علی‍رضا', 'ක‍ෂ', 'ක්‍ි', 'ක්‍‍ෂ', 'क‌ष']
    for (const text of misplaced) expect(invisibleIn(text), JSON.stringify(text)).not.toEqual([])
  })

  it('makes no two texts the same without being found: what is taken out of a name leaves another', () => {
    const piece = fc.constantFrom(...'aЖבعيکක්ෂरক্য李ᠮ :・'.split(''), ...joiners, ...unseen)
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('')
        const rest = text.replaceAll(/[\p{DI}\p{Cc}]/gu, '')
        const isPlain =
          !/[\p{scx=Arab}\p{scx=Sinh}\p{scx=Deva}\p{scx=Beng}\p{scx=Hani}\p{scx=Mong}]/u.test(text)
        if (isPlain && rest !== text) expect(invisibleIn(text)).not.toEqual([])
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('what stands between letters', () => {
  it.each([':', 'Ann:', ':Ann', 'Ann: Lee', '＝', 'ジャン＝'])(
    'does not stand elsewhere: %s',
    (text) => {
      expect(strangeInName(text)).not.toEqual([])
    },
  )
})

describe('the name of a person', () => {
  it.each([
    '<script>',
    'a@b',
    'x;y',
    '🙂',
    '1️⃣',
    '"Ann"',
    'a|b',
    'a=b',
    'a\\b',
    '$name',
    'a_b',
    'a/b',
    '⃝',
  ])('is not %s', (text) => expect(strangeInName(text)).not.toEqual([]))
})

describe('the name of a team', () => {
  it.each([
    'APP: Sales',
    '[EU] Sales',
    'CN=Sales,OU=Groups,DC=example,DC=com',
    'team@example.com',
    '100% Remote',
    'R&D "core" team; x|y \\ z',
    '#general_🙂',
    '👩‍💻 ❤️ 1️⃣ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 🇦🇹',
    '☎︎',
  ])('is %s', (text) => expect(strangeInTeamName(text)).toEqual([]))

  it('holds neither < nor >, and no joiner or selector of a picture without the picture', () => {
    expect(strangeInTeamName('<b>Sales</b>')).toEqual(['<', '>'])
    for (const text of ['a\ufe0f', 'a\u200d🙂', '\u{e0067}', '🙂\u200d']) {
      expect(strangeInTeamName(text)).not.toEqual([])
    }
  })

  it('holds any other character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const wrong = strangeInTeamName(text)
        for (const character of wrong) expect(character).toMatch(/[<>\p{C}\p{Z}\p{DI}\u2800]/u)
      }),
    )
  })
})

it('a search through a name ends soon, whatever is repeated in it', () => {
  const pieces = fc.constantFrom(
    '\u200c',
    '\u200d',
    '\u094d',
    '\u0301',
    'क',
    'ع',
    '李',
    '\u{e0100}',
  )
  fc.assert(
    fc.property(fc.array(pieces, { minLength: 1, maxLength: 3 }), (list) => {
      // A search in more than linear time would not end within the life of the test.
      strangeInName(list.join('').repeat(50_000))
    }),
    { numRuns: 20 },
  )
})

it('a message shows five characters, by number those that cannot be seen alone', () => {
  expect(listCharacters(['<', '\u200b', '\u0301', '\u3164', '\u{e0041}', 'x'])).toBe(
    '< U+200B U+0301 U+3164 U+E0041',
  )
})
