"""bench - what the measuring programs beside it share: processes, what they cost, and tables.

Nothing is asserted about times here: machines are noisy. A figure is worth something beside another of the same run,
so everything is printed with the load of the machine, as medians with their spread.
"""
import atexit
import http.client
import json
import os
import random
import resource
import signal
import socket
import statistics
import subprocess
import sys
import time

REPO = os.path.realpath(os.path.join(os.path.dirname(os.path.realpath(__file__)), '..', '..'))
AGENT = os.path.join(REPO, 'build', 'release', 'redis-bluegreen-agent')
started = []


# ---- programs ------------------------------------------------------------------------------------------------------

def build():
    """The agent as it is released, and the programs of ours that are measured beside it."""
    for preset, targets in (('release', []), ('dev', ['--target', 'bench_replay', 'bench_static'])):
        for command in (['cmake', '--preset', preset], ['cmake', '--build', '--preset', preset, *targets]):
            subprocess.run(command, cwd=REPO, check=True, stdout=subprocess.DEVNULL)


def program(name):
    return os.path.join(REPO, 'build', 'dev', 'tests', name)


def server_path(name):
    return subprocess.run([os.path.join(REPO, 'deploy', 'servers'), name], check=True, stdout=subprocess.PIPE,
                          text=True).stdout.strip()


def start(argv, cpu=None, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=None):
    """A process that ends with us, on one core when <cpu> says which."""
    def prepare():
        if cpu is not None:
            os.sched_setaffinity(0, {cpu})
    process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, env=env,
                               preexec_fn=prepare)  # pylint: disable=subprocess-popen-preexec-fn
    started.append(process)
    return process


def stop(process):
    """Ends it and returns its exit code."""
    if process in started:
        started.remove(process)
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        return process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


@atexit.register
def stop_all():
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
    for process in list(started):
        stop(process)


def cores():
    """(for the one that is measured, for all others)"""
    have = sorted(os.sched_getaffinity(0))
    return have[-1], have[0]


def many_descriptors():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


# ---- the network ---------------------------------------------------------------------------------------------------

def free_port():
    """One that nobody has, outside of the range that outgoing connections use: a server may be gone for a while, and
    who connects to its port meanwhile must not get that very port himself."""
    with open('/proc/sys/net/ipv4/ip_local_port_range', encoding='ascii') as f:
        end = int(f.read().split()[0])
    while True:
        port = random.randrange(min(10000, end - 1000), end)
        with socket.socket() as s:
            try:
                s.bind(('127.0.0.1', port))
                return port
            except OSError:
                pass


def await_port(port, process=None):
    """Until somebody listens there; <process> is who is to."""
    for _ in range(1500):
        try:
            socket.create_connection(('127.0.0.1', port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
        if process and process.poll() is not None:
            sys.exit('%s ended with %d and listens on port %d no more' % (process.args[0], process.returncode, port))
    sys.exit('nobody listens on port %d after 30 s' % port)


def get(port, path='/metrics', timeout=60):
    """(status, body, seconds)"""
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=timeout)
    begin = time.perf_counter()
    connection.request('GET', path)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body, time.perf_counter() - begin


def resp(file, *words):
    """Sends a command and returns its one-line or bulk answer; <file>: makefile('rwb') of a socket."""
    data = b'*%d\r\n' % len(words)
    for word in words:
        data += b'$%d\r\n%s\r\n' % (len(word.encode()), word.encode())
    file.write(data)
    file.flush()
    line = file.readline()
    if line[:1] == b'$' and line != b'$-1\r\n':
        return file.read(int(line[1:]) + 2)[:-2].decode()
    return line[1:].strip().decode()


class Client:
    """One connection to a Redis."""

    def __init__(self, port, host='127.0.0.1'):
        self.socket = socket.create_connection((host, port), 10)
        self.file = self.socket.makefile('rwb')

    def ask(self, *words):
        return resp(self.file, *words)

    def info(self, section='everything'):
        lines = self.ask('INFO', section).split('\r\n')
        return dict(line.split(':', 1) for line in lines if ':' in line)

    def close(self):
        self.file.close()
        self.socket.close()


class Redis:
    """A real server of its own on loopback."""

    def __init__(self, name, directory, port=None, cpu=None, more=()):
        self.name, self.port, self.cpu = name, port or free_port(), cpu
        self.directory = os.path.join(directory, str(self.port))  # a replica leaves its dump there
        os.makedirs(self.directory, exist_ok=True)
        self.path, self.more = server_path(name), list(more)
        self.start()

    def start(self):
        self.process = start([self.path, '--port', str(self.port), '--bind', '127.0.0.1', '--save', '', '--dir',
                              self.directory, *self.more], cpu=self.cpu)

    def stop(self):
        stop(self.process)

    def ask(self, *words):
        client = Client(self.port)
        try:
            return client.ask(*words)
        finally:
            client.close()


COMMANDS = '''set a 1|get a|incr n|lpush l 1|rpush l 2|lpop l|rpop l|llen l|lrange l 0 1|sadd s 1|srem s 2|smembers s
scard s|hset h a 1|hget h a|hgetall h|hdel h b|hlen h|zadd z 1 a|zrange z 0 1|zscore z a|zcard z|zrem z q|expire a 100
ttl a|pttl a|exists a|del q|type a|append a x|strlen a|getrange a 0 1|setex b 10 1|mset c 1 d 2|mget c d|incrby n 2
decr n|hincrby h n 1|xadd x * a 1|xlen x|xrange x - +|pfadd p 1|pfcount p|bitcount a|setbit t 1 1|getbit t 1|dbsize
ping|echo x|time|scan 0|randomkey|object encoding a|memory usage a|client id|command count|config get save|sort l
publish a b|unlink zz|touch a|getset a 2'''.replace('\n', '|').split('|')


def warm(redis):
    """Some sixty commands in its statistics, as on a server that is used."""
    for command in COMMANDS:
        redis.ask(*command.split())


# ---- what a process costs ------------------------------------------------------------------------------------------

def cpu_seconds(pid):
    """User and system time of all threads, from the scheduler's nanoseconds."""
    total = 0
    for task in os.listdir('/proc/%d/task' % pid):
        with open('/proc/%d/task/%s/schedstat' % (pid, task), encoding='ascii') as f:
            total += int(f.read().split()[0])
    return total / 1e9


def memory_kb(pid):
    """Resident and anonymous (private) memory in KiB."""
    sizes = {}
    with open('/proc/%d/smaps_rollup' % pid, encoding='ascii') as f:
        for line in f:
            key, _, value = line.partition(':')
            if key in ('Rss', 'Anonymous'):
                sizes[key] = int(value.split()[0])
    return sizes['Rss'], sizes['Anonymous']


def descriptors(pid):
    return len(os.listdir('/proc/%d/fd' % pid))


def threads(pid):
    return len(os.listdir('/proc/%d/task' % pid))


def available_mb():
    with open('/proc/meminfo', encoding='ascii') as f:
        return next(int(line.split()[1]) for line in f if line.startswith('MemAvailable')) // 1024


# ---- numbers and how they are shown --------------------------------------------------------------------------------

def summary(rounds):
    """Of a list of {name: number}: {name: {median, low, high}}."""
    rows = {}
    for key in rounds[0]:
        values = [r[key] for r in rounds]
        rows[key] = {'median': statistics.median(values), 'low': min(values), 'high': max(values)}
    return rows


def spread(cell, form='%.3f'):
    """A summary as text: median (low-high)."""
    text = form % cell['median']
    return text if cell['low'] == cell['high'] else '%s (%s-%s)' % (text, form % cell['low'], form % cell['high'])


def machine():
    return {'cores': len(os.sched_getaffinity(0)), 'load': os.getloadavg()[0]}


def show_machine():
    print('%d cores, load %.1f%s' % (os.cpu_count(), os.getloadavg()[0],
                                     ' (a quiet machine has less than 1)' if os.getloadavg()[0] > 1 else ''))


def table(head, rows):
    """Prints rows of texts under their heads, all but the first column to the right."""
    widths = [max(len(str(row[i])) for row in [head, *rows]) for i in range(len(head))]
    for row in [head, *rows]:
        print('  '.join(str(cell).ljust(width) if i == 0 else str(cell).rjust(width)
                        for i, (cell, width) in enumerate(zip(row, widths))))


def write_json(path, figures):
    if path:
        with open(path, 'w', encoding='utf-8') as f:
            json.dump({'machine': machine(), **figures}, f, indent=1)


def metric(body, name):
    """Sum of all series of that name in a text of /metrics."""
    values = [float(line.rsplit(b' ', 1)[1]) for line in body.split(b'\n')
              if line.startswith(name) and line[len(name):len(name) + 1] in (b' ', b'{')]
    if not values:
        sys.exit('/metrics has no %s' % name.decode())
    return sum(values)
