"""A person's first minutes: join, walk, build, be seen, leave."""
import os
import re
import signal
from xml.etree import ElementTree

import screen_to_svg
from harness import MERIDIAN, ROOT, Node, Player, check, end_tmux, eventually, finish, run, without_figures

DOCS = os.path.join(ROOT, 'docs', 'players.md')
PICTURE = os.path.join(ROOT, 'docs', 'play.svg')
BEGIN, END = '<!-- screen: written by e2e/cli/play_test.py -->', '<!-- end of screen -->'
STOPS = r'\[ \] (deep water|tree|pine|rock|wall|plank wall|stone wall|hedge|crate)$'
TMUX = f'meridian-e2e-{os.getpid()}'


def compare_with_docs(screen):
    """The screen between the markers of docs/players.md is this one; with MERIDIAN_WRITE_SCREENS=1 it is made so."""
    with open(DOCS, encoding='utf-8') as file:
        page = file.read()
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    fresh = f'{before}{BEGIN}\n```\n' + '\n'.join(screen) + f'\n```\n{END}{after}'
    if os.environ.get('MERIDIAN_WRITE_SCREENS') == '1':
        with open(DOCS, 'w', encoding='utf-8') as file:
            file.write(fresh)
    check('the screen in docs/players.md is the one that players see', fresh == page or os.environ.get('MERIDIAN_WRITE_SCREENS') == '1',
          'now:\n' + '\n'.join(screen) + '\nMERIDIAN_WRITE_SCREENS=1 e2e/cli/play_test.sh writes it')


def draw_for_docs(captured):
    """The screen as a picture; with MERIDIAN_WRITE_SCREENS=1 kept as docs/play.svg, which README.md shows."""
    svg = screen_to_svg.picture(captured, 'meridian play, drawn from a terminal of 80 x 24')
    drawn = ''.join(ElementTree.fromstring(svg).itertext())
    check('it can be drawn with every sign and colour', all(sign in drawn for sign in ('@', '♣', '&', 'matched')) and len(set(re.findall('fill="(#.{6})"', svg))) > 8)
    check('and is small enough for a README', len(svg.encode()) <= 150_000, f'{len(svg.encode())} bytes')
    if os.environ.get('MERIDIAN_WRITE_SCREENS') == '1':
        with open(PICTURE, 'w', encoding='utf-8') as file:
            file.write(svg)


def walk_until_stopped(player, key):
    """Holds a direction, as a keyboard's repeat does, until something stops the player."""
    seen, same = None, 0

    def stopped():
        nonlocal seen, same
        player.keys(key)
        now = player.screen()[:20]
        same = same + 1 if now == seen else 0
        seen = now
        # A machine that stalls shows the same screen, too: what lies ahead must be something that stops.
        return same >= 40 and re.search(STOPS, player.screen()[22])

    check(f'{player.name} walks with {key} until something is in the way', eventually(stopped, 40))
    player.keys('Space')
    player.stands()


def day(node):
    ada = Player(TMUX, node, 'ada')
    check('ada gets in', eventually(ada.in_world, 20), '\n'.join(ada.screen()) + '\n' + node.said())
    check('she is told once that nothing is durable', ada.shows('Nothing here is durable until storage comes'))
    check('the map is in colour', len(set(re.findall(r'48;2;\d+;\d+;\d+', ada.colours()))) > 5)
    check('the message goes away by itself', eventually(lambda: not any('durable' in line for line in ada.screen()), 15))

    start = ada.stands()
    ada.keys('Right')
    check('a tap on an arrow key walks', eventually(lambda: ada.screen()[:20] != start[:20], 5))
    walked = ada.stands()
    check('and she stands again when the key does not repeat', ada.screen()[:20] == walked[:20])
    check('the picture moved, the rows below did not', len(walked) == 24 and walked[22][:20] == start[22][:20])

    walk_until_stopped(ada, 'd')
    check('what is in the way is named', re.search(r'\[ \] (tree|pine|rock|wall)$', ada.screen()[22]), ada.screen()[22])
    ada.keys('b')
    check('a block on a tree is refused, with the reason', ada.shows('place: '), ada.status())
    ada.keys('x')
    check('x breaks it', eventually(lambda: re.search(r'\[ \] (grass|meadow|dirt|stone floor|sand)$', ada.screen()[22])), ada.screen()[22])
    # What she sees is a guess until the node has answered, and it judges all of a tick by how the tick found the cell.
    check('the node has broken it, too', eventually(lambda: re.search(r'\b1 block changed', run(MERIDIAN, 'status', '--http', node.http)[1])), node.said())
    ada.keys('3')
    check('3 chooses the third block', eventually(lambda: re.search(r'3&hedge', ada.screen()[22])), ada.screen()[22])
    ada.keys('b')
    check('b places it', eventually(lambda: ada.screen()[22].endswith('[ ] hedge')), ada.screen()[22])

    ben = Player(TMUX, node, 'ben')
    check('ben gets in', eventually(ben.in_world, 20), '\n'.join(ben.screen()))
    check('ben sees two people: himself and ada', eventually(lambda: ''.join(ben.screen()[:22]).count('@') == 2), '\n'.join(ben.screen()))
    check("ben sees ada's hedge", eventually(lambda: '&&' in ''.join(ben.screen()[:22])), '\n'.join(ben.screen()))
    check('ada sees ben', eventually(lambda: ''.join(ada.screen()[:22]).count('@') == 2), '\n'.join(ada.screen()))

    walk_until_stopped(ada, 'a')
    check('her hedge stands where she left it', '&&' in ''.join(ada.screen()[:22]), '\n'.join(ada.screen()))
    check('the verdict is not that the rules differ', 'diverging' not in ada.status() and 'without a cause' not in ada.status(), ada.status())
    screen, picture = ada.stands(), ada.colours()
    compare_with_docs(without_figures(screen))
    draw_for_docs(picture)

    ada.tmux('resize-window', '-t', 'ada', '-x', '100', '-y', '30')
    check('a larger window shows more of the world', eventually(lambda: len(ada.screen()) == 30 and ' | up' in ada.status()), '\n'.join(ada.screen()))

    ada.keys('q')
    check('q leaves: exit 0, a last word', ada.shows('exit 0') and ada.shows('Left the world.'), '\n'.join(ada.screen()))
    check('the terminal is as it was: lines and echo', ada.shows('icanon echo end') and not ada.shows('-icanon', 0), '\n'.join(ada.screen()))
    check('ben sees her go', eventually(lambda: ''.join(ben.screen()[:22]).count('@') == 1), '\n'.join(ben.screen()))
    os.kill(ben.pid(), signal.SIGTERM)
    check('SIGTERM ends him as cleanly', ben.shows('exit 0') and ben.shows('icanon echo end'), '\n'.join(ben.screen()))

    eve = Player(TMUX, node, 'eve')
    check('eve gets in', eventually(eve.in_world, 20), '\n'.join(eve.screen()))
    check('the node stops with exit 0 while she plays', node.stop() == 0, node.said())
    check('and she is told', eve.shows('stop', 10), '\n'.join(eve.screen()))
    eve.keys('C-c')
    check('Ctrl-C leaves then, too', eve.shows('exit 0') and eve.shows('icanon echo end'), '\n'.join(eve.screen()))


NODE = Node()
try:
    day(NODE)
finally:
    end_tmux(TMUX)
    NODE.remove()
finish()
