"""From templates to labelled text: a note's cast, its slots, its styles and its noise. A text is a list of (text, type) pieces; type is empty where
nobody is identified."""
import re

import clinic
import compose
import notes
import people
import places
import scenes

SLOT = re.compile(r'\{([A-Za-z]\w*)(?:\.(\w+))?\}')
KEYBOARD = {'a': 'qs', 'b': 'vn', 'c': 'xv', 'd': 'sf', 'e': 'wr', 'f': 'dg', 'g': 'fh', 'h': 'gj', 'i': 'uo', 'j': 'hk', 'k': 'jl', 'l': 'k', 'm': 'n', 'n': 'bm', 'o': 'ip',
            'p': 'o', 'q': 'wa', 'r': 'et', 's': 'ad', 't': 'ry', 'u': 'yi', 'v': 'cb', 'w': 'qe', 'x': 'zc', 'y': 'tu', 'z': 'x'}
OCR = [('l', '1'), ('O', '0'), ('o', '0'), ('I', 'l'), ('rn', 'm'), ('m', 'rn'), ('S', '5'), ('e', 'c'), ('B', '8'), ('h', 'b'), ('c', 'e'), ('i', 'l'), ('cl', 'd'), ('vv', 'w')]
SUBJECTS = ('PATIENT', 'PERSON', 'PROVIDER')


class Cast:
    """Who and where one note is about; the same people come back through the whole note."""

    def __init__(self, rng, names, where):
        self.rng, self.names, self.where = rng, names, where
        self.people = {'P': people.Person(rng, names, 'PATIENT')}
        self.facilities = [where.facility(rng) for _ in range(rng.choice((1, 1, 2, 3)))]
        self.cities = [where.city(rng) for _ in range(2)]
        self.address = where.street(rng)
        self.employer = where.org(rng)
        self.home = where.state(rng)

    def person(self, key):
        if key not in self.people:
            role = 'PROVIDER' if key[0] in 'VW' else 'PATIENT' if key[0] == 'P' else 'PERSON'
            self.people[key] = people.Person(self.rng, self.names, role, self.people['P'] if role == 'PERSON' else None)
        return self.people[key]


def _spaced(word):
    return word.replace('_', ' ')


class Writer:
    def __init__(self, rng, names, where):
        self.rng, self.names, self.where = rng, names, where
        self.cast = Cast(rng, names, where)

    def fill(self, template):
        """Pieces of one template."""
        out, at = [], 0
        for match in SLOT.finditer(template):
            if match.start() > at:
                out.append((template[at:match.start()], ''))
            out.extend(self.slot(match.group(1), match.group(2)))
            at = match.end()
        if at < len(template):
            out.append((template[at:], ''))
        return out

    def slot(self, name, form):
        if form:
            return self.someone(self.cast.person(name), form)
        return getattr(self, 'slot_' + name)()

    # People.
    def someone(self, who, form):
        rng, role = self.rng, who.role
        named = lambda text: [(text, role)]
        if form in ('tlast', 'tfull', 'tposs'):
            title = who.title()
            if title == 'Drs.':
                title = 'Dr.'
            name = who.full() if form == 'tfull' else who.last if rng.random() < 0.88 else who.full()
            if form == 'tfull' and role == 'PROVIDER' and not who.doctor:
                return [*named(name), (', ' + who.credential, '')]
            if form == 'tposs':
                name = who.last
            return [(title + ' ', ''), *named(name), *([("'s", '')] if form == 'tposs' else [])]
        if form == 'subject':
            if rng.random() < 0.5:
                return self.someone(who, 'tlast')
            return named(rng.choice([who.first, who.full()]))
        if form == 'cred':
            return [(who.credential, '')]
        if form == 'li':
            return named(who.last[0])
        if form == 'mi':
            return named(who.middle[0])
        if form == 'age':
            return self.slot_age()
        if form == 'pron':
            return self.slot_pron2()
        if form == 'titleonly':
            return [(who.title(), '')]
        if form == 'ep':
            return named(rng.choice(self.names.surname['eponym']))
        if form == 'comlast':
            return named(rng.choice(self.names.surname['common']))
        if form == 'com':
            return named(rng.choice(self.names.given_f['common'] + self.names.given_m['common']))
        if form == 'spell':
            return named('-'.join(who.last.replace(' ', '').replace('-', '')))
        if form == 'first' and rng.random() < 0.06:
            return named(who.nick)
        if form == 'comma':
            return named(who.comma())
        return named(who.form(form))

    # Composed sentences.
    def who(self):
        """The patient, in any form."""
        rng = self.rng
        form = rng.choices(['first', 'last', 'full', 'tlast', 'tfull', 'nick', 'initials', 'comma', 'com'], [34, 14, 18, 18, 4, 3, 2, 3, 4])[0]
        return self.someone(self.cast.people['P'], form)

    def doctor(self, key):
        form = self.rng.choices(['tlast', 'last', 'full', 'tfull', 'comma', 'first', 'initials'], [38, 22, 22, 6, 6, 4, 2])[0]
        return self.someone(self.cast.person(key), form)

    def slot_v(self):
        return self.doctor('V')

    def slot_v2(self):
        return self.doctor('W')

    def slot_v3(self):
        return self.doctor('V2')

    def slot_cred(self):
        return [(self.cast.person('V').credential, '')]

    def slot_f(self):
        return self.slot_fac()

    def slot_num1(self):
        return [(str(self.rng.randint(1, 5)), '')]

    def slot_pron2(self):
        return self.pick('him|her|them')

    def composed(self):
        rng, roll = self.rng, self.rng.random()
        if roll < 0.4:
            predicate = rng.choice(compose.PATIENT_DOES)
            return [(rng.choice(compose.LEAD), '')] + self.who() + self.fill(('' if predicate[0] == ',' else ' ') + predicate + '.')
        if roll < 0.6:
            return [(rng.choice(compose.PATIENT_IS_OBJECT), '')] + self.who() + self.fill(rng.choice(compose.OBJECT_TAIL))
        return self.fill(rng.choice(compose.PROVIDER_IN if roll < 0.83 else compose.FACILITY_IN if roll < 0.92 else compose.PLACE_IN))

    # Places and organisations.
    def slot_fac(self):
        if self.rng.random() < 0.12:
            return self.slot_facs()
        return [(self.rng.choice(self.cast.facilities), 'HOSPITAL')]

    def slot_facs(self):
        if self.rng.random() < 0.55:
            return [(self.made(scenes.SHORT), 'HOSPITAL')]
        return [(self.where.facility_short(self.rng), 'HOSPITAL')]

    def slot_city(self):
        return [(self.rng.choice(self.cast.cities) if self.rng.random() < 0.5 else self.where.city(self.rng), 'CITY')]

    def slot_state(self):
        return [(self.where.state(self.rng)[0], '')]

    def slot_st(self):
        return [(self.where.state(self.rng)[1], '')]

    def slot_street(self):
        return [(self.cast.address if self.rng.random() < 0.5 else self.where.street(self.rng), 'STREET')]

    def slot_streetname(self):
        text = self.where.street(self.rng)
        for _ in range(9):
            if text[:1].isdigit() and ',' not in text and len(text.split()) > 2:
                break
            text = self.where.street(self.rng)
        return [(text.split(' ', 1)[1] if text[:1].isdigit() else text, 'STREET')]

    def slot_foreign(self):
        """An address as other countries write it, with unit, town and postal code; the country stays."""
        rng = self.rng
        text = rng.choice(notes.FOREIGN).replace('{num2}', str(rng.randint(1, 140))).replace('{num3}', str(rng.randint(1, 9999)))
        text = text.replace('{s}', rng.choice([self.names.last(rng, rng.choice(self.names.origins)), self.names.invented(rng, 'surname'), self.where.city(rng)]))
        if rng.random() < 0.5:
            text += rng.choice([', ', ' ', '\n ', '\n']) + rng.choice(['Apt. ', 'Suite ', 'Apt ', 'Unit ']) + str(rng.randint(1, 999))
        between = rng.choice([', ', '\n', '\n ', '\n, '])
        city = self.where.city(rng)
        text += between + (city.upper() if rng.random() < 0.15 else city)
        pieces = [(text, 'STREET')]
        if rng.random() < 0.6:
            pieces += [(rng.choice([' ', ', ', '\n', '\n ']) + rng.choice(clinic.COUNTRIES.split('|')), '')]
        if rng.random() < 0.6:
            pieces += [(rng.choice([' ', '\n', ', ']), ''), (f'{rng.randint(100, 99999):05}', 'ZIP')]
        return pieces

    def slot_org(self):
        roll = self.rng.random()
        return [(self.cast.employer if roll < 0.25 else self.made(scenes.COMPANY) if roll < 0.55 else self.where.org(self.rng), 'ORG')]

    def made(self, forms):
        """A proper name from one of scenes.py's forms."""
        rng, names = self.rng, self.names
        parts = {
            'last': lambda: names.last(rng, rng.choice(names.origins)), 'first': lambda: names.given(rng, rng.choice('fm'), rng.choice(names.origins)), 'city': lambda: self.where.city(rng),
            'thing': lambda: rng.choice(scenes.THING), 'trade': lambda: _spaced(rng.choice(scenes.TRADE)), 'num': lambda: str(rng.randint(1, 60)),
            'letters': lambda: self.slot_letters()[0][0], 'FIRST': lambda: names.given(rng, rng.choice('fm'), rng.choice(names.origins)).upper(),
        }
        return re.sub(r'\{(\w+)\}', lambda m: parts[m.group(1)](), rng.choice(forms.split('|')))

    def slot_agency(self):
        return [(self.made(scenes.AGENCY), 'HOSPITAL')]

    def slot_airamb(self):
        return [(self.made(scenes.AIR), 'ORG')]

    def slot_court(self):
        return [(self.made(scenes.COURT), 'ORG')]

    def slot_school(self):
        return [(self.made(scenes.SCHOOL), 'ORG')]

    def slot_funeral(self):
        return [(self.made(scenes.FUNERAL), 'ORG')]

    def slot_reflab(self):
        return [(self.made(scenes.REFLAB), 'HOSPITAL')]

    def slot_facility2(self):
        return [(self.made(scenes.FACILITY2), 'HOSPITAL')]

    def slot_petname(self):
        return [(self.rng.choice(scenes.PETS), '')]

    def slot_month(self):
        return self.pick('|'.join(scenes.MONTH))

    def slot_code(self):
        a, b = self.rng.randint(10, 9999), self.rng.randint(1000, 9999999)
        return [(self.rng.choice([f'{a}-{b}', f'{b}', f'{self.rng.choice("ABKSXZ")}{b}', f'{a}/{b}', f'{b}-{self.rng.choice("ABC")}']), 'MRN')]

    def slot_plan(self):
        return [(_spaced(self.rng.choice(places.PLAN)), '')]

    # What rules find.
    def slot_date(self):
        rng = self.rng
        y, m, d = rng.randint(1930, 2026), rng.randint(1, 12), rng.randint(1, 28)
        month = 'January February March April May June July August September October November December'.split()[m - 1]
        return [(rng.choice([f'{m}/{d}/{y}', f'{m:02}/{d:02}/{y}', f'{m}/{d}/{y % 100:02}', f'{m:02}-{d:02}-{y}', f'{y}-{m:02}-{d:02}', f'{month} {d}, {y}', f'{d} {month} {y}',
                             f'{d}-{month[:3]}-{y}', f'{m}/{d}', f'{month} {d}', f'{month[:3]} {d}, {y}']), 'DATE')]

    def slot_time(self):
        return [(f'{self.rng.randint(0, 23):02}{self.rng.choice([":", ""])}{self.rng.randint(0, 59):02}', '')]

    def slot_year(self):
        return [(str(self.rng.randint(1960, 2026)), '')]

    def slot_weekday(self):
        return [(self.rng.choice('Monday Tuesday Wednesday Thursday Friday Saturday Sunday yesterday Mon Tue'.split()), '')]

    def slot_phone(self):
        a, b, c = self.rng.randint(201, 989), self.rng.randint(200, 999), self.rng.randint(0, 9999)
        return [(self.rng.choice([f'({a}) {b}-{c:04}', f'{a}-{b}-{c:04}', f'{a}.{b}.{c:04}', f'{b}-{c:04}', f'{a}{b}{c:04}', f'x{c:04}']), 'PHONE')]

    def slot_mrn(self):
        n = str(self.rng.randint(10 ** self.rng.randint(4, 9), 10 ** 10))
        return [(self.rng.choice([n, n[:7], self.rng.choice('AMEVH') + n[:6], n[:3] + '-' + n[3:6]]), 'MRN')]

    def slot_zip(self):
        return [(f'{self.rng.randint(501, 99950):05}', 'ZIP')]

    def slot_email(self):
        who = self.cast.person(self.rng.choice(['P', 'R', 'V']))
        user = self.rng.choice([f'{who.first}.{who.last}', f'{who.first[0]}{who.last}', f'{who.last}{self.rng.randint(1, 99)}', f'{who.first}_{who.last[0]}'])
        return [(re.sub(r"[^a-z0-9._]", '', user.lower()) + '@' + self.rng.choice(['example.com', 'mail.example', 'example.org', 'clinic.example']), 'EMAIL')]

    # Clinical words.
    def clinical(self, table):
        return [(_spaced(self.rng.choice(table)), '')]

    def slot_drug(self):
        roll = self.rng.random()
        if roll < 0.2:
            word = self.names.brand(self.rng)
        elif roll < 0.4 and self.names.extra.get('drug'):
            word = self.rng.choice(self.names.extra['drug'])
        else:
            word = self.rng.choice(clinic.DRUGS)
        return [(word.lower() if self.rng.random() < 0.5 else word, '')]

    def slot_Drug(self):
        return [(self.names.brand(self.rng), '')] if self.rng.random() < 0.2 else self.clinical(clinic.DRUGS)

    def slot_term(self):
        """Any clinical word, as a sentence may begin with it."""
        return [(self.rng.choice(self.names.extra.get('clinical') or clinic.CAP_WORDS), '')]

    def slot_term2(self):
        return [(self.slot_term()[0][0].lower(), '')]

    def slot_ab(self):
        """An abbreviation of the wards, as telegrams begin with it."""
        text = self.rng.choice(self.names.extra.get('abbreviation') or clinic.PLAIN_CAPS)
        return [(text.lower() if self.rng.random() < 0.2 else text, '')]

    def slot_epo(self):
        """An eponym by itself, as surgeons and examiners say it."""
        return [(self.rng.choice(self.names.extra.get('eponym') or ['Kocher', 'Lachman', 'Foley']), '')]

    def slot_brand(self):
        return [(self.names.brand(self.rng), '')]

    def slot_device(self):
        return self.pick(clinic.DEVICE_HEADS)

    def slot_letters(self):
        return [(''.join(self.rng.choice('ABCDEFGHIJKLMNOPRSTUVW') for _ in range(self.rng.choice((2, 3, 3, 4)))), '')]

    def slot_dx(self):
        return self.clinical(clinic.EPONYM) if self.rng.random() < 0.08 else self.clinical(clinic.DX)

    def slot_Dx(self):
        text = self.clinical(clinic.DX)[0][0]
        return [(text.title() if self.rng.random() < 0.3 else text[0].upper() + text[1:], '')]

    def slot_Procedure(self):
        text = self.clinical(clinic.PROCEDURE)[0][0]
        return [(text[0].upper() + text[1:], '')]

    def slot_eponym(self):
        text = self.clinical(clinic.EPONYM)[0][0]
        roll = self.rng.random()
        if roll < 0.14:
            name = self.names.last(self.rng, self.rng.choice(self.names.origins))
            text = name + self.rng.choice(["'s ", ' ', ' ', '-' + self.names.last(self.rng, 'english') + ' ']) + self.rng.choice(clinic.EPONYM_HEADS.split('|'))
        elif roll < 0.22:
            text = self.names.brand(self.rng) + ' ' + self.rng.choice(clinic.DEVICE_HEADS.split('|'))
        if self.rng.random() < 0.25:
            text = text.replace("'s", 's' if self.rng.random() < 0.3 else '').replace("s' ", 's ')
        if self.rng.random() < 0.15:
            text = text.split(' ')[0]
        return [(text.lower() if self.rng.random() < 0.06 else text, '')]

    slot_Eponym = slot_eponym

    def slot_cap(self):
        return self.clinical(clinic.CAP_WORDS)

    slot_Cap = slot_cap

    def slot_cap2(self):
        return [(self.rng.choice(clinic.CAP_WORDS).lower(), '')]

    def slot_num(self):
        return [(self.rng.choice([str(self.rng.randint(1, 20)), str(self.rng.randint(1, 400)), f'{self.rng.random() * 40:.1f}']), '')]

    def slot_age(self):
        return [(str(self.rng.randint(1, 89)), '')]

    def slot_pct(self):
        return [(f'{self.rng.randint(1, 100)}%', '')]

    def slot_size(self):
        return [(f'{self.rng.random() * 9:.1f} x {self.rng.random() * 9:.1f} cm', '')]

    def slot_dose(self):
        return [(f'{self.rng.choice([2.5, 5, 10, 20, 25, 40, 50, 81, 100, 250, 500, 1000]):g} {self.rng.choice(["mg", "mg", "mcg", "mL", "units", "g"])}', '')]

    def pick(self, text):
        return [(self.rng.choice(text.split('|')), '')]

    def slot_freq(self):
        return self.pick('daily|b.i.d.|t.i.d.|q.h.s.|BID|TID|QHS|q4h p.r.n.|every 6 hours|twice a day|once daily|PRN|at bedtime|q.day|weekly')

    def slot_race(self):
        return self.pick('Caucasian|African-American|Hispanic|white|black|Asian|Native American|Latina|Filipino|Vietnamese|Somali|right-handed|pleasant|thin|obese')

    def slot_sex(self):
        return self.pick('male|female|man|woman|gentleman|lady|boy|girl|infant|adult')

    def slot_sx(self):
        return self.pick('M|F|male|female|m|f')

    def slot_sexl(self):
        return self.pick('M|F|Male|Female')

    def slot_sexs(self):
        return self.pick('M|F|yo M|yo F|y/o male| yo female')

    def slot_side(self):
        return self.pick('left|right|L|R')

    def slot_pron(self):
        return self.pick('his|her|their')

    slot_poss = slot_pron

    def slot_pronc(self):
        return self.pick('His|Her')

    def slot_rel(self):
        return [(_spaced(self.rng.choice(notes.RELATIONS)), '')]

    def slot_rel2(self):
        return self.pick('husband|wife|boyfriend|girlfriend|partner')


for _name, _table in dict(symptom=clinic.SYMPTOM, anatomy=clinic.ANATOMY, procedure=clinic.PROCEDURE, service=clinic.SERVICE, lab=clinic.LABS, abbr=clinic.PLAIN_CAPS,
                          head=clinic.HEADS).items():
    setattr(Writer, 'slot_' + _name, lambda self, table=_table: self.clinical(table))


# Anyone may turn up in any sentence: words of plain prose give way to people and places.
REWRITES = [(re.compile(pattern), templates) for pattern, templates in notes.REWRITES]
SPOKEN_REWRITES = [(re.compile(pattern), templates) for pattern, templates in notes.SPOKEN_REWRITES]


def rewritten(writer, text, rate, spoken=False):
    rng, found = writer.rng, []
    for pattern, templates in SPOKEN_REWRITES if spoken else REWRITES:
        found += [(m.start(), m, templates) for m in pattern.finditer(text) if rng.random() < rate]
    out, at = [], 0
    for begin, match, templates in sorted(found, key=lambda f: f[0]):
        if begin < at:
            continue
        kept = match.group(1) if match.re.groups else ''
        out += [(text[at:begin] + kept, '')] + writer.fill(rng.choice(templates))
        at = match.end()
    return out + [(text[at:], '')]


# Styles: a whole text is rewritten piece by piece, so labels stay where they belong.
def upper(pieces, rng):
    return [(text.upper(), kind) for text, kind in pieces]


def lower(pieces, rng):
    return [(text.lower(), kind) for text, kind in pieces]


def title(pieces, rng):
    return [(re.sub(r"[A-Za-z']+", lambda m: m.group(0)[:1].upper() + m.group(0)[1:], text), kind) for text, kind in pieces]


def lower_names(pieces, rng):
    return [(text.lower() if kind in SUBJECTS else text, kind) for text, kind in pieces]


def upper_names(pieces, rng):
    return [(text.upper() if kind in SUBJECTS or kind == 'HOSPITAL' else text, kind) for text, kind in pieces]


def _noisy(pieces, rng, rate, change):
    out = []
    for text, kind in pieces:
        letters = list(text)
        i = 0
        while i < len(letters):
            if letters[i].isalpha() and rng.random() < rate:
                letters[i] = change(letters, i)
            i += 1
        out.append((''.join(letters), kind))
    return out


def typos(pieces, rng):
    def change(letters, i):
        c, roll = letters[i], rng.random()
        if roll < 0.3:
            return ''
        if roll < 0.6:
            return c + c
        near = rng.choice(KEYBOARD.get(c.lower(), c))
        return near.upper() if c.isupper() else near
    return _noisy(pieces, rng, 0.012, change)


def ocr(pieces, rng):
    out, table = [], {}
    for a, b in OCR:
        table.setdefault(a, []).append(b)
    for text, kind in pieces:
        made, i = '', 0
        while i < len(text):
            two = text[i:i + 2]
            if two in table and rng.random() < 0.03:
                made, i = made + rng.choice(table[two]), i + 2
            elif text[i] in table and rng.random() < 0.012:
                made, i = made + rng.choice(table[text[i]]), i + 1
            elif text[i] == ' ' and rng.random() < 0.006:
                made, i = made + rng.choice(['', '  ', ' . ']), i + 1
            else:
                made, i = made + text[i], i + 1
        out.append((made, kind))
    return out


def no_punctuation(pieces, rng):
    return [(re.sub(r'[.,](?=\s|$)', '', text), kind) for text, kind in pieces]


def spaced_tokens(pieces, rng):
    return [(re.sub(r"([,.?!])(?=\s|$)", r' \1', text), kind) for text, kind in pieces]


def wrapped(pieces, rng):
    """Lines broken at a fixed width, as in faxes and old systems: names break too."""
    width, column, out = rng.choice((60, 66, 72, 78)), 0, []
    for text, kind in pieces:
        made = ''
        for part in re.split(r'( |\n)', text):
            if part == '\n':
                made, column = made + part, 0
            elif part == ' ' and column > width:
                made, column = made + '\n', 0
            else:
                made, column = made + part, column + len(part)
        out.append((made, kind))
    return out


STYLES = [((), 52), ((upper,), 9), ((lower,), 8), ((typos,), 5), ((ocr,), 4), ((upper, ocr), 1), ((lower, typos), 3), ((lower, no_punctuation), 3), ((no_punctuation,), 2),
          ((title,), 1), ((lower_names,), 2), ((upper_names,), 4), ((wrapped,), 4), ((spaced_tokens,), 2), ((lower, spaced_tokens), 2)]


def styled(pieces, rng):
    steps = rng.choices([s for s, _ in STYLES], [w for _, w in STYLES])[0]
    for step in steps:
        pieces = step(pieces, rng)
    return pieces


def labelled(pieces):
    """The text and its spans in bytes; spans reach from first to last letter or digit, with the period that ends initials or Jr. left out."""
    data, spans = bytearray(), []
    for text, kind in pieces:
        raw = text.encode()
        if kind and any(c.isalnum() for c in text):
            begin = len(data) + len(text[:len(text) - len(text.lstrip())].encode())
            end = len(data) + len(text.rstrip(' ."”)').encode())
            if spans and spans[-1]['type'] == kind and kind in SUBJECTS and bytes(data[spans[-1]['end']:]).strip(b' ') == b'':
                spans[-1]['end'] = end
            else:
                spans.append({'start': begin, 'end': end, 'type': kind})
        data += raw
    text = data.decode()
    for span in spans:
        span['text'] = data[span['start']:span['end']].decode()
    return text, spans
