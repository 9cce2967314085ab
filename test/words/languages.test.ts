import { describe, expect, test } from '@jest/globals';
import { queryOf } from '../../src/words/query.ts';
import { finds } from '../support/searching.ts';

type Case = readonly [text: string, found: readonly string[], notFound?: readonly string[]];

const table: Readonly<Record<string, readonly Case[]>> = {
  Indonesian: [
    ['makanan enak', ['makan', 'MAKAN', 'makanan enak', 'enak makanan', 'makan*'], ['akan', 'makanannya']],
    ['memakan nasi', ['memakan'], ['makan']],
    ["Jum'at pagi", ["jum'at", 'jumat', 'jum’at']],
    ['Jum’at pagi', ["jum'at", 'jumat']],
    ['Jumat pagi', ["jum'at"]],
    ["do'a", ['doa', "do'a"]],
    [
      'anak-anak bermain',
      ['anak', 'anak-anak', 'anak anak', 'bermain anak'],
      ['anak-bermain-anak', 'anakanak'],
    ],
    ['anak anak', ['anak-anak']],
    ['anak2 bermain', ['anak', 'anak2'], ['anak3', 'anak22']],
    ['ya ok', ['ya', 'OK', 'y*'], ['y', 'o']],
    ['yang mana', ['yan', 'ya*'], ['ya']],
    ['di_mana', ['mana', 'di', 'di_mana'], ['dimana']],
  ],
  'numbers, dates, addresses, signs': [
    [
      'rapat 12/05/2026 jam 10.30',
      ['12/05/2026', '2026', '12.05', '10.30', '05/2026'],
      ['12/2026', '1', '20'],
    ],
    ['rapat 2026-05-12', ['2026-05', '2026', '05-12'], ['2026-12']],
    ['harga Rp1.500 saja', ['1.500', 'rp1.500', 'rp'], ['1500']],
    ['telepon 081234567890', ['0812', '081234567890'], ['08', '1234']],
    [
      'kirim ke budi.s@contoh.co.id ya',
      ['budi.s@contoh.co.id', 'contoh', '@contoh', 'co.id', 'budi'],
      ['contoh.id'],
    ],
    [
      'lihat https://contoh.co.id/berkas?id=7&x=ya',
      ['https://contoh.co.id/berkas', 'berkas', 'id=7', 'contoh.co.id'],
    ],
    ['see the re-entry plan', ['re-entry', 're entry', 'entry'], ['reentry', 're-plan']],
    ['C++ bagus', ['C++', 'c'], ['cpp']],
    ['@budi hadir #promo', ['@budi', 'promo', '#promo', 'budi hadir']],
    ['x² = 4', ['x2', 'x²']],
    ['v1.2.3-rc1', ['v1.2', '1.2.3', 'rc1'], ['v1.3']],
    ['"quoted", (text)', ['quoted', '"quoted"', 'quoted-text']],
  ],
  Latin: [
    ['Łódź', ['lodz', 'łódź', 'ŁÓDŹ', 'łodz', 'Łódź'.normalize('NFD')]],
    ['Straße', ['strasse', 'STRASSE', 'straße', 'STRAẞE']],
    ['STRASSE', ['straße']],
    ['İstanbul', ['istanbul', 'ISTANBUL', 'İstanbul']],
    ['ISPARTA', ['ısparta', 'isparta']],
    ['ısı', ['isi', 'ısı', 'ISI']],
    ['café', ['cafe', 'café', 'cafe\u0301', 'CAFÉ']],
    ['cafe\u0301', ['cafe', 'café']],
    ['Nguyễn Văn An', ['nguyen', 'van an', 'Nguyễn']],
    ['Đặng', ['dang', 'đặng']],
    ['smørrebrød', ['smorrebrod', 'smørre']],
    ['ＡＢＣ１２３', ['abc', 'ABC123', '１２３']],
    ['abc123', ['ＡＢＣ１２３', 'abc']],
    ['ﬁle besar', ['file']],
    ['æther œuvre', ['aether', 'oeuvre', 'æther']],
    ["l'homme et l’acqua dell'arte", ['homme', 'lhomme', "l'homme", 'acqua', 'arte', 'dell', "dell'arte"]],
    ["O'Brien", ['obrien', 'brien', "o'brien"]],
    ['don’t', ["don't", 'dont']],
    ['so\u00adft\u200b', ['soft']],
  ],
  Greek: [
    ['ΟΔΟΣ', ['οδος', 'οδοσ', 'οδός', 'ὁδός']],
    ['οδός', ['ΟΔΟΣ', 'οδος']],
    ['ὁδός', ['οδος']],
  ],
  Cyrillic: [
    ['Ёлка', ['елка', 'ёлка', 'ЕЛКА']],
    ['Йод', ['иод', 'йод']],
    ['Київ', ['киів', 'київ']],
  ],
  Arabic: [
    ['كِتَابٌ جديد', ['كتاب', 'كِتَابٌ', 'جديد']],
    ['كتاب جديد', ['كِتَابٌ']],
    ['أحمد', ['احمد', 'أحمد']],
    ['مكتبة', ['مكتبه', 'مكتبة']],
    ['مـــحمد', ['محمد']],
    ['کتاب فارسی', ['كتاب', 'فارسي']],
    ['رقم ١٢٣٤', ['1234', '١٢٣٤', '۱۲۳۴']],
  ],
  Hebrew: [
    ['שָׁלוֹם לכולם', ['שלום', 'שָׁלוֹם', 'לכולם']],
    ['שלום', ['שָׁלוֹם', 'שלומ']],
  ],
  Indic: [
    ['हिन्दी में लिखो', ['हिन्दी', 'लिखो'], ['हिन्दू']],
    ['दिन', ['दिन'], ['दान', 'दन', 'दीन']],
    ['दान', ['दान'], ['दिन']],
    ['काम', ['काम'], ['कम']],
    ['कमल की किताब', ['कम', 'कमल', 'किताब'], ['काम', 'की*म']],
    ['क़लम', ['क\u093cलम', 'क़लम']],
    ['বাংলা ভাষা', ['বাংলা', 'ভাষা'], ['বাংলি']],
    ['தமிழ்', ['தமிழ்', 'தமி'], ['தமு']],
  ],
  'Thai, Lao, Khmer, Burmese, Javanese': [
    ['สวัสดีครับทุกคน', ['ครับ', 'สวัสดี', 'ทุกคน', 'สวัสดีครับ', 'คน ครับ'], ['ครบ', 'คนทุก']],
    ['ผมกินข้าวแล้ว', ['ข้าว', 'กิน', 'กินข้าว'], ['ข่าว', 'ขาว']],
    ['ข่าว', ['ข่าว'], ['ข้าว']],
    ['น้ำ', ['น้ำ', 'น้ํา']],
    ['ຂ້ອຍມັກເຂົ້າໜຽວ', ['ມັກ', 'ເຂົ້າ'], ['ເຂົາ']],
    ['ខ្ញុំចូលចិត្តភាសាខ្មែរ', ['ភាសា', 'ខ្មែរ', 'ចិត្ត'], ['ភាសិ']],
    ['မြန်မာဘာသာ', ['ဘာသာ', 'မြန်မာ'], ['ဘာသိ']],
    ['ꦲꦏ꧀ꦱꦫꦗꦮ', ['ꦗꦮ'], ['ꦗꦲ']],
  ],
  'Chinese, Japanese, Korean': [
    [
      '我们明天去北京大学',
      ['北京', '北京大', '京', '我', '学', '明天 北京', '我们明天去北京大学'],
      ['京北', '北大'],
    ],
    ['東京都に住んでいます', ['東京', '住んで', '都に', 'ます'], ['京東']],
    ['カタカナ', ['ｶﾀｶﾅ', 'タカ', 'カ']],
    ['ｶﾞｽ', ['ガス'], ['カス']],
    ['パン', ['パン'], ['ハン', 'バン']],
    ['が', ['が'], ['か']],
    ['コーヒー', ['コーヒ', 'ヒー']],
    ['한국어를 배워요', ['한국', '한국어', '배워', '한국어'.normalize('NFD')], ['국어', '한']],
    ['二〇二六年', ['〇二', '二〇二六']],
    ['abc中文123', ['中文', 'abc', '123', 'abc中文', '文123'], ['c中']],
  ],
  emoji: [
    ['ok 👍🏽 siap', ['👍🏽', '👍', '👍🏿', 'ok 👍'], ['👎']],
    ['ya👍👍', ['ya', '👍👍', '👍']],
    ['👨‍👩‍👧‍👦', ['👨‍👩‍👧‍👦', '👩‍👧'], ['👩‍👩']],
    ['❤️', ['❤', '❤︎']],
    ['🇮🇩🇯🇵', ['🇮🇩', '🇯🇵', '🇮🇩🇯🇵'], ['🇩🇯']],
    ['1️⃣ satu', ['1', '1️⃣']],
  ],
};

describe.each(Object.entries(table))('%s', (_script, cases) => {
  test.each(cases)('%s', (text, found, notFound = []) => {
    for (const asked of found) expect([asked, finds(text, asked)]).toEqual([asked, true]);
    for (const asked of notFound) expect([asked, finds(text, asked)]).toEqual([asked, false]);
  });
});

test('what holds no words finds nothing, whatever it is', () => {
  for (const asked of [
    '',
    ' ',
    '*',
    '"',
    "'",
    '\0',
    '\0\0 \0',
    '-- .',
    '\u0301',
    '\ufdfa',
    '%',
    '_',
    ')(',
    '\ud800',
  ]) {
    expect([asked, queryOf(asked).terms]).toEqual([asked, []]);
  }
  expect(finds('a\0b', 'a')).toBe(true);
  expect(finds('a\0b', 'a\0b')).toBe(true);
});
