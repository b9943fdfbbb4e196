"""A node on leased ports with a state folder of its own, players in tmux, and results counted: for the tests in this folder. Standard library only.

Everything is waited for by condition with a deadline. Only processes that were started here are ended, by pid; tmux runs on a socket of its own.
"""
import os
import re
import select
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.path.join(ROOT, 'build', 'release', 'bin')
MERIDIAN = os.path.join(BIN, 'meridian')
NODE = os.path.join(BIN, 'meridian-node')

passed = 0
failed = 0


def check(name, good, detail=''):
    """One result. A failure prints what was there and goes on."""
    global passed, failed
    print(f"{'ok  ' if good else 'FAIL'} {name}")
    if good:
        passed += 1
    else:
        failed += 1
        if detail:
            print('     ' + str(detail).replace('\n', '\n     '))
    sys.stdout.flush()
    return good


def eventually(condition, deadline_s=15):
    """What `condition` gives as soon as it is true, or its last answer at the deadline."""
    end = time.monotonic() + deadline_s
    while True:
        answer = condition()
        if answer or time.monotonic() > end:
            return answer
        select.select([], [], [], 0.02)


def lease_port(kind):
    """A port of 127.0.0.1 that nobody holds now."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def run(*command, timeout=60):
    """Exit code, stdout, stderr."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout, done.stderr


class Node:
    """meridian-node with the terrain of a fixed seed, empty but for who joins."""

    def __init__(self, seed=20261):
        self.folder = tempfile.mkdtemp(prefix='meridian-e2e-')
        self.config = os.path.join(self.folder, 'region.yaml')
        self.udp = f'127.0.0.1:{lease_port(socket.SOCK_DGRAM)}'
        self.http = f'127.0.0.1:{lease_port(socket.SOCK_STREAM)}'
        with open(self.config, 'w', encoding='utf-8') as file:
            file.write(f'''region: e2e
node: {{id: 7}}
net: {{udp: "{self.udp}", http: "{self.http}"}}
world: {{seed: {seed}}}
gate: {{dev: true}}
content: {{blocks: {ROOT}/config/content/blocks.yaml}}
state: {{dir: {self.folder}/state}}
''')
        self.log = open(os.path.join(self.folder, 'node.log'), 'w', encoding='utf-8')
        self.process = subprocess.Popen([NODE, '--config', self.config], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        # 1 is an answer, too: a machine that compiles beside the test makes ticks late.
        if not eventually(lambda: run(MERIDIAN, 'status', '--http', self.http)[0] in (0, 1) or self.process.poll() is not None, 20) or self.process.poll() is not None:
            raise RuntimeError('the node did not come up:\n' + self.said())

    def said(self):
        with open(os.path.join(self.folder, 'node.log'), encoding='utf-8') as log:
            return log.read()[-3000:]

    def stop(self):
        """SIGTERM; its exit code, or None when it had to be killed."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return None

    def remove(self):
        self.stop()
        self.log.close()
        if failed == 0:
            shutil.rmtree(self.folder, ignore_errors=True)
        else:
            print(f'     what the processes said is kept in {self.folder}')


class Player:
    """`meridian play` in a tmux pane of 80 x 24, under a shell that says how it ended and what it left the terminal in."""

    def __init__(self, tmux_socket, node, name, *options):
        self.tmux_socket, self.name = tmux_socket, name
        self.pid_file = os.path.join(node.folder, name + '.pid')
        command = shlex.join([MERIDIAN, 'play', '--name', name, '--config', node.config, *options])
        inner = shlex.quote(f'echo $$ >{shlex.quote(self.pid_file)}; exec {command}')
        script = f"sh -c {inner}; echo \"exit $?\"; stty -a | grep -o -E '[-]?(icanon|echo) ' | tr -d '\\n'; echo end; cat"
        self.tmux('new-session', '-d', '-s', name, '-x', '80', '-y', '24', '-c', ROOT, '-e', 'COLORTERM=truecolor', '-e', 'LC_ALL=C.UTF-8', script)

    def tmux(self, *arguments):
        return subprocess.run(['tmux', '-u', '-L', self.tmux_socket, '-f', '/dev/null', *arguments], capture_output=True, text=True, timeout=20).stdout

    def screen(self):
        return [line.rstrip() for line in self.tmux('capture-pane', '-p', '-t', self.name).rstrip('\n').split('\n')]

    def colours(self):
        return self.tmux('capture-pane', '-p', '-e', '-N', '-t', self.name)

    def status(self):
        return self.screen()[-1]

    def keys(self, *keys):
        self.tmux('send-keys', '-t', self.name, *keys)

    def pid(self):
        with open(self.pid_file, encoding='utf-8') as file:
            return int(file.read())

    def in_world(self):
        return ' | up' in self.status() and '@' in ''.join(self.screen()[:21])

    def shows(self, text, deadline_s=15):
        return eventually(lambda: any(text in line for line in self.screen()), deadline_s)

    def stands(self, looks=12):
        """Waits until the map has been the same for so many looks in a row; the screen then."""
        last, same = None, 0

        def quiet():
            nonlocal last, same
            now = self.screen()[:21]
            same = same + 1 if now == last else 0
            last = now
            return same >= looks

        eventually(quiet, 20)
        return self.screen()


def end_tmux(tmux_socket):
    subprocess.run(['tmux', '-L', tmux_socket, 'kill-server'], capture_output=True, timeout=20)


def without_figures(lines):
    """A screen whose changing figures are blanked: the round trip, corrections with a cause, and the verdict they make."""
    last = re.sub(r'rtt \d+ ms', 'rtt 0 ms', lines[-1])
    last = re.sub(r'corrected \d+ \|', 'corrected 0 |', last)
    return lines[:-1] + [last.replace('| jitter |', '| matched |')]


def finish():
    print(f'{passed} passed, {failed} failed')
    sys.exit(1 if failed or not passed else 0)
