#!/usr/bin/env python3
"""Writes src/Contracts/Definitions/normalisation-1.txt, the fold table of rule version 1.

    python3 docs/normalisation/generate.py > src/Contracts/Definitions/normalisation-1.txt

Needs a Python whose unicodedata is the version named in UNICODE below: the table of a rule version never changes, because
stored hashes of guesses depend on it. A newer Unicode is a new rule version in a new file.

For each code point: full case folding and compatibility decomposition (NFKD) until nothing changes, decimal digits of any
script as 0-9, then everything but letters (L*) and numbers (N*) is dropped. Beyond Unicode, LETTERS names letters that
people type without their stroke or ligature. As letters and numbers are never reordered by NFKD, folding a text is
folding its code points one by one; `python3 generate.py --check` tries that on random texts.

Lines: "A-B" are kept, "A-B +D" and "A-B -D" shift by D, "A=X Y …" becomes these; hexadecimal. What no line names is
dropped. Hangul syllables are not in the table: they are decomposed by arithmetic.
"""
import random
import sys
import unicodedata

UNICODE = "15.1.0"
HANGUL = range(0xAC00, 0xD7A4)
LETTERS = {
    "\u0131": "i", "\u00f8": "o", "\u0142": "l", "\u0111": "d", "\u0127": "h", "\u0167": "t",
    "\u00e6": "ae", "\u0153": "oe", "\u00fe": "th", "\u00f0": "d",
}


def fold(character):
    """The folded text of one code point; empty when it is dropped."""
    text = character
    while True:
        folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
        folded = "".join(LETTERS.get(c, c) for c in folded)
        folded = "".join(str(d) if (d := unicodedata.decimal(c, None)) is not None else c for c in folded)
        if folded == text:
            return "".join(c for c in folded if unicodedata.category(c)[0] in "LN")
        text = folded


def whole(text):
    """The rule as the documentation states it, on a whole text."""
    before = None
    while text != before:
        before = text
        text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
        text = "".join(LETTERS.get(c, c) for c in text)
        text = "".join(str(d) if (d := unicodedata.decimal(c, None)) is not None else c for c in text)
    return "".join(c for c in text if unicodedata.category(c)[0] in "LN")


def table():
    for code in range(0x110000):
        if 0xD800 <= code <= 0xDFFF or code in HANGUL:
            continue
        folded = fold(chr(code))
        if folded:
            yield code, folded


def lines(entries):
    """Runs of code points that shift by the same amount share a line."""
    run = None
    for code, folded in entries:
        shift = ord(folded) - code if len(folded) == 1 else None
        if run and shift is not None and (run[1] + 1, run[2]) == (code, shift):
            run[1] = code
            continue
        if run:
            yield line(*run)
        run = [code, code, shift] if shift is not None else None
        if shift is None:
            yield f"{code:X}=" + " ".join(f"{ord(c):X}" for c in folded)
    if run:
        yield line(*run)


def line(first, last, shift):
    if shift == 0:
        return f"{first:X}-{last:X}"
    if first == last:
        return f"{first:X}={first + shift:X}"
    return f"{first:X}-{last:X} {shift:+X}"


def check():
    codes = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]
    chance = random.Random(1)
    for _ in range(200_000):
        text = "".join(chr(chance.choice(codes)) for _ in range(chance.randint(1, 6)))
        assert whole(text) == "".join(fold(c) for c in text), ascii(text)
    for code in codes:
        folded = fold(chr(code))
        assert "".join(map(fold, folded)) == folded, hex(code)


if __name__ == "__main__":
    if unicodedata.unidata_version != UNICODE:
        sys.exit(f"This Python knows Unicode {unicodedata.unidata_version}, the table is of {UNICODE}.")
    if "--check" in sys.argv:
        check()
    else:
        print(f"# Normalisation 1, Unicode {UNICODE}. Made by docs/normalisation/generate.py; never edit, never change.")
        for entry in lines(table()):
            print(entry)
