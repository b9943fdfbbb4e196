"""The commands but for play, as a person types them, against a real node."""
import json
import os
import pty
import re
import select
import signal
import socket
import subprocess
import time

from harness import MERIDIAN, NODE as NODE_PROGRAM, ROOT, Node, check, eventually, finish, lease_port, run

COMMANDS = ['play', 'status', 'bots', 'relay', 'token', 'help']


def help_pages():
    code, page, _ = run(MERIDIAN)
    check('without a command the overview comes, exit 0', code == 0 and all(f'\n  {name}' in page for name in COMMANDS), page)
    check('`meridian help` is the same page', run(MERIDIAN, 'help')[1] == page)
    for name in COMMANDS:
        code, page, _ = run(MERIDIAN, 'help', name)
        wide = [line for line in page.split('\n') if len(line) > 80]
        check(f'`meridian help {name}` has examples and fits 80 columns', code == 0 and 'Examples:' in page and not wide, '\n'.join(wide) or page)
        check(f'`meridian {name} --help` is the same page', run(MERIDIAN, name, '--help')[1].split() == page.split())
    for wrong in (['fly'], ['help', 'fly'], ['token', '--name', 'ada'], ['bots', '--count', '0'], ['relay', '--loss', '101'], ['relay', '--to', '0.0.0.0:7777'], ['relay', '--to', '[::]:7777'], ['status', '--http', 'localhost:80'],
                  ['token', '--dev', '--name', 'ada', '--config', '/nowhere.yaml'], ['play', '--name', 'ada', '--speed', '9'], ['play', '--name', 'ada', '--udp', 'nowhere']):
        code, out, err = run(MERIDIAN, *wrong)
        check(f"`meridian {' '.join(wrong)}`: exit 3, one reason on stderr, nothing on stdout", code == 3 and err.startswith('meridian') and out == '', f'{code} {out} {err}')


def token(node):
    code, out, err = run(MERIDIAN, 'token', '--dev', '--name', 'ada', '--config', node.config)
    ticket = json.loads(out) if code == 0 else {}
    check('token: one JSON line with five fields', code == 0 and out.count('\n') == 1 and list(ticket) == ['node', 'udp', 'token', 'secret', 'expires_ms'], out + err)
    check('token: node, address and lengths are right',
          ticket['node'] == 7 and ticket['udp'] == node.udp and re.fullmatch('[0-9a-f]{368}', ticket['token']) and re.fullmatch('[0-9a-f]{64}', ticket['secret']), out)
    left_ms = ticket['expires_ms'] - time.time() * 1000
    check('token: it is good for 30 s', 25_000 < left_ms <= 30_500, left_ms)
    again = json.loads(run(MERIDIAN, 'token', '--dev', '--name', 'ada', '--config', node.config)[1])
    check('token: two of the same name are two tickets', again['token'] != ticket['token'] and again['secret'] != ticket['secret'])
    code, out, err = run(MERIDIAN, 'token', '--dev', '--name', 'ada', '--config', node.config, '--state', '/nowhere')
    check('token: a missing key file is named, exit 1', code == 1 and '/nowhere' in err and out == '', err)


def status(node):
    code, out, err = run(MERIDIAN, 'status', '--http', node.http)
    lines = out.split('\n')
    verdict = re.match('(ok|busy|late|dropping): .', lines[0])
    check('status: the verdict is the first line, exit 0 when it is ok and 1 when not', verdict and code == (0 if verdict[1] == 'ok' else 1), out + err)
    check('status: region, players and durability are said', 'e2e, node 7' in out and 'durable   no' in out and '0 of ' in out, out)
    check('status: the address comes from the config, too', 'e2e, node 7' in run(MERIDIAN, 'status', '--config', node.config)[1])
    check('status: fewer players than asked for is exit 4', run(MERIDIAN, 'status', '--http', node.http, '--players-at-least', '1')[0] == 4)
    code, out, err = run(MERIDIAN, 'status', '--http', f'127.0.0.1:{lease_port(socket.SOCK_STREAM)}')
    check('status: nobody there is exit 2 and says what to do', code == 2 and './dev up' in err and out == '', err)


def log_of_a_node(node):
    """What a second node on the same state folder and ports has to say, into a pipe and onto a terminal."""
    command = [NODE_PROGRAM, '--config', node.config]
    code, _, piped = run(*command)
    lines = [json.loads(line) for line in piped.splitlines()]
    check('node: into a pipe the log is JSON, a line each, and says why it cannot start', code != 0 and lines and all('message' in line for line in lines), piped)
    terminal, its_end = pty.openpty()
    subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stderr=its_end, timeout=60)
    os.close(its_end)
    shown = os.read(terminal, 65536).decode()
    os.close(terminal)
    check('node: on a terminal it says the same as text', shown.strip() and '{' not in shown and lines[-1]['message'] in shown, shown)


def bots_over_the_relay(node):
    relay_port = f'127.0.0.1:{lease_port(socket.SOCK_DGRAM)}'
    relay = subprocess.Popen([MERIDIAN, 'relay', '--listen', relay_port, '--to', node.udp, '--delay-ms', '20', '--loss', '2', '--duplicate', '2', '--seed', '3'],
                             cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    summary_file = os.path.join(node.folder, 'bots.json')
    code, out, err = run(MERIDIAN, 'bots', '--count', '6', '--for-s', '8', '--warm-up-s', '3', '--build-s', '1', '--config', node.config, '--udp', relay_port, '--json',
                         summary_file, timeout=60)
    check('bots over a relay: all in to the end, exit 0', code == 0 and '6 of 6 in the world' in out, out + err)
    with open(summary_file, encoding='utf-8') as file:
        summary = json.load(file)
    check('bots: the round trip is the relay\'s', 40 <= summary['rtt_ms'] < 200, summary['rtt_ms'])
    check('bots: no correction without a cause, nobody cut off', summary['corrections_without_cause'] == 0 and summary['disconnects'] == 0, summary)
    check('bots: they built', summary['actions_done'] > 0, summary)
    relay.send_signal(signal.SIGINT)
    out, err = relay.communicate(timeout=10)
    lost = [int(line.split()[3]) for line in out.split('\n') if line.startswith(('up', 'down'))]
    check('relay: ends at Ctrl-C with its counters, exit 0', relay.returncode == 0 and 'clients 6' in out and len(lost) == 2, out + err)
    check('relay: it lost some both ways', all(n > 0 for n in lost), out)


def a_very_bad_relay():
    """Every other option of the relay, one way only, between two plain sockets: 300 datagrams up, and each that arrives goes back."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        server.bind(('127.0.0.1', 0))
        relay_port = lease_port(socket.SOCK_DGRAM)
        relay = subprocess.Popen([MERIDIAN, 'relay', '--listen', f'127.0.0.1:{relay_port}', '--to', f'127.0.0.1:{server.getsockname()[1]}', '--way', 'up',
                                  '--burst', '3', '--burst-length', '4', '--reorder', '10', '--reorder-ms', '30', '--corrupt', '10', '--rate', '15000', '--queue-ms', '30',
                                  '--cut-every-ms', '500', '--cut-for-ms', '100', '--seed', '7'],
                                 cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        first = relay.stderr.readline()
        check('relay: says where it listens', first.startswith(f'relay: 127.0.0.1:{relay_port} -> 127.0.0.1:'), first)
        client.connect(('127.0.0.1', relay_port))
        arrived, back = [], 0

        def carry(wait_s):
            """Sends back what comes out within so long; whether anything did."""
            nonlocal back
            ready = select.select([server, client], [], [], wait_s)[0]
            if server in ready:
                datagram, peer = server.recvfrom(2048)
                arrived.append(datagram)
                server.sendto(datagram, peer)
            if client in ready:
                client.recv(2048)
                back += 1
            return ready

        start = time.monotonic()
        for number in range(300):  # one each 7 ms: four cuts long, and more than the rate
            client.send(bytes([number % 250]) * 150)
            while (left := start + (number + 1) * 0.007 - time.monotonic()) > 0:
                carry(left)
        while carry(1):
            pass
        relay.send_signal(signal.SIGINT)
        out, err = relay.communicate(timeout=10)
    ways = {line.split()[0]: [int(n) for n in line.split()[1:]] for line in out.split('\n') if line.startswith(('up', 'down'))}
    went_in, delivered, lost, burst, twice, reordered, flipped, cut, queue = ways.get('up', [0] * 9)
    check('relay: bursts, reorder, corruption, cuts and the full queue are counted', min(burst, reordered, flipped, cut, queue) > 0 and lost == twice == 0, out + err)
    check('relay: each datagram was delivered or counted as gone', went_in == 300 and went_in == delivered + burst + cut + queue, out + err)
    broken = sum(len(set(datagram)) != 1 for datagram in arrived)
    check('relay: what was delivered has arrived, broken where a bit was flipped', len(arrived) == delivered and broken == flipped, f'{len(arrived)}, {broken} broken\n{out}')
    values = [d[0] for d in arrived if len(set(d)) == 1]
    check('relay: some were overtaken', any(a > b for a, b in zip(values, values[1:]) if a - b < 100), values)
    check('relay: with --way up nothing happens on the way down', ways.get('down') == [delivered, delivered] + [0] * 7 and back == delivered, f'{back} came back\n{out}')


def light_bots(node):
    code, out, err = run(MERIDIAN, 'bots', '--light', '--config', node.config, '--udp', '[::1]:7777')
    check('bots --light: says that it reaches 127.0.0.0/8 alone', code == 1 and '127.0.0.0/8' in err and out == '', err)
    walkers = subprocess.Popen([MERIDIAN, 'bots', '--count', '40', '--light', '--config', node.config], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    everybody_in = eventually(lambda: re.search(r'players\s+40 of', run(MERIDIAN, 'status', '--http', node.http)[1]), 20)
    check('bots --light: 40 get in on one socket', everybody_in)
    sockets = [fd for fd in os.listdir(f'/proc/{walkers.pid}/fd') if os.readlink(f'/proc/{walkers.pid}/fd/{fd}').startswith('socket:')]
    check('bots --light: it is one socket', len(sockets) == 1, sockets)
    walkers.send_signal(signal.SIGTERM)
    out, err = walkers.communicate(timeout=20)
    check('bots: SIGTERM ends them with a summary, exit 0', walkers.returncode == 0 and '40 of 40 in the world' in out, out + err)
    gone = eventually(lambda: re.search(r'players\s+0 of \d+, 0 link-dead', run(MERIDIAN, 'status', '--http', node.http)[1]), 8)
    check('bots: they said goodbye: no body stays behind link-dead', gone, run(MERIDIAN, 'status', '--http', node.http)[1])


help_pages()
a_very_bad_relay()
NODE = Node()
try:
    token(NODE)
    status(NODE)
    log_of_a_node(NODE)
    bots_over_the_relay(NODE)
    light_bots(NODE)
    check('the node ends at SIGTERM with exit 0', NODE.stop() == 0, NODE.said())
finally:
    NODE.remove()
finish()
