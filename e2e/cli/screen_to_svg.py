#!/usr/bin/env python3
"""A terminal's screen as an SVG picture: `tmux capture-pane -p -e -N | screen_to_svg.py TITLE >picture.svg`. Standard library only.

Reads SGR colours (24-bit, 256 and the 16 named ones), bold and reverse; other escape sequences are left out. Every run of cells of one look becomes one
background rectangle and one text, whose width is fixed, so that the cells stay in their columns whatever font shows them.
"""
import html
import re
import sys
import unicodedata

CELL_W, CELL_H, PAD = 8.4, 17, 10
INK, PAPER = '#d8d8d8', '#101214'
NAMED = ['#000000', '#cc3333', '#33aa33', '#bb8822', '#3366cc', '#aa44aa', '#2299aa', '#cccccc',
         '#666666', '#ff5555', '#55dd55', '#ffcc55', '#6699ff', '#dd77dd', '#55ccdd', '#ffffff']


def indexed(number):
    """The colour of an index of the 256-colour table."""
    if number < 16:
        return NAMED[number]
    if number >= 232:
        return '#' + f'{8 + 10 * (number - 232):02x}' * 3
    levels = [0, 95, 135, 175, 215, 255]
    number -= 16
    return '#' + ''.join(f'{levels[part]:02x}' for part in (number // 36, number // 6 % 6, number % 6))


def styled(style, codes):
    """The style (ink, paper, bold, reverse) after one SGR sequence."""
    ink, paper, bold, reverse = style
    codes = [int(code or 0) for code in re.split('[;:]', codes)]
    while codes:
        code = codes.pop(0)
        if code in (38, 48) and codes:
            if codes[0] == 2:
                colour, codes = '#' + ''.join(f'{part:02x}' for part in codes[1:4]), codes[4:]
            else:
                colour, codes = indexed(codes[1]), codes[2:]
            ink, paper = (colour, paper) if code == 38 else (ink, colour)
        elif code == 0:
            ink, paper, bold, reverse = None, None, False, False
        elif code in (1, 22):
            bold = code == 1
        elif code in (7, 27):
            reverse = code == 7
        elif 30 <= code <= 37 or 90 <= code <= 97:
            ink = NAMED[code - 30 if code < 40 else code - 82]
        elif 40 <= code <= 47 or 100 <= code <= 107:
            paper = NAMED[code - 40 if code < 50 else code - 92]
        elif code == 39:
            ink = None
        elif code == 49:
            paper = None
    return ink, paper, bold, reverse


def runs(line, style):
    """[(column, cells, text, style)] of one line, and the style it ends in."""
    found, column, at = [], 0, 0
    for match in [*re.finditer(r'\x1b\[([0-9;:]*)([A-Za-z])', line), None]:
        text = line[at:match.start() if match else len(line)]
        cells = sum(2 if unicodedata.east_asian_width(letter) in 'WF' else 1 for letter in text)
        if text and found and found[-1][3] == style:
            start, had, before, _ = found.pop()
            found.append((start, had + cells, before + text, style))
        elif text:
            found.append((column, cells, text, style))
        column += cells
        if match:
            at = match.end()
            if match.group(2) == 'm':
                style = styled(style, match.group(1))
    return found, style


def picture(screen, title):
    lines = screen.rstrip('\n').split('\n')
    style, shapes, texts, columns = (None, None, False, False), [], [], 0
    for row, line in enumerate(lines):
        found, style = runs(line, style)
        y = PAD + row * CELL_H
        for column, cells, text, (ink, paper, bold, reverse) in found:
            columns = max(columns, column + cells)
            ink, paper = (paper or PAPER, ink or INK) if reverse else (ink or INK, paper)
            x, wide = PAD + column * CELL_W, cells * CELL_W
            if paper and shapes and shapes[-1][0] == y and shapes[-1][3] == paper and abs(shapes[-1][1] + shapes[-1][2] - x) < 0.01:
                shapes[-1] = (y, shapes[-1][1], shapes[-1][2] + wide, paper)
            elif paper:
                shapes.append((y, x, wide, paper))
            for part in re.finditer(r'\S+(?: \S+)*', text):
                texts.append(f'<text x="{x + part.start() * CELL_W:.1f}" y="{y + 13}" fill="{ink}"' + (' font-weight="bold"' if bold else '') +
                             f' textLength="{len(part.group()) * CELL_W:.1f}">{html.escape(part.group())}</text>')
    width, height = columns * CELL_W + 2 * PAD, len(lines) * CELL_H + 2 * PAD
    papers = [f'<rect x="{x:.1f}" y="{y}" width="{wide:.1f}" height="{CELL_H}" fill="{paper}"/>' for y, x, wide, paper in shapes]
    return '\n'.join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}" height="{height}">',
        f'<title>{html.escape(title)}</title>',
        f'<rect width="100%" height="100%" rx="6" fill="{PAPER}"/>',
        '<g shape-rendering="crispEdges">', *papers, '</g>',
        '<g font-family="ui-monospace, \'DejaVu Sans Mono\', Menlo, Consolas, monospace" font-size="14" xml:space="preserve">', *texts, '</g>',
        '</svg>', ''])


if __name__ == '__main__':
    if len(sys.argv) != 2 or sys.argv[1] in ('-h', '--help'):
        sys.exit('usage: tmux capture-pane -p -e -N | screen_to_svg.py TITLE >picture.svg')
    sys.stdin.reconfigure(encoding='utf-8')
    sys.stdout.reconfigure(encoding='utf-8')
    sys.stdout.write(picture(sys.stdin.read(), sys.argv[1]))
