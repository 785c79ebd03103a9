#!/usr/bin/env python3
"""Records legs-of-a-proxy.pcapng and legs-of-a-translator.pcapng: real sockets in three network namespaces (client, box,
server), and tcpdump -i any on the box. Needs root, iproute2, nftables and tcpdump.

usage: record-legs.py FOLDER
"""
import os, select, socket, struct, subprocess, sys, threading, time

FOLDER = sys.argv[1]
NS = ["legsC", "legsB", "legsS"]


def sh(text, check=True):
    subprocess.run(text, shell=True, check=check, stderr=None if check else subprocess.DEVNULL)


def inside(ns, fn, *args):
    """Runs fn in a process of its own in a namespace; returns the process."""
    pid = os.fork()
    if pid == 0:
        fd = os.open(f"/run/netns/{ns}", os.O_RDONLY)
        libc = __import__("ctypes").CDLL(None)
        if libc.setns(fd, 0x40000000) != 0:
            os._exit(9)
        try:
            fn(*args)
        finally:
            os._exit(0)
    return pid


def reset(s):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()


def listen(addr, port):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((addr, port))
    s.listen(16)
    return s


def server():
    """Answers each request by its first word."""
    def talk(c):
        try:
            while text := c.recv(4096):
                word = text.split(b" ", 1)[0]
                if word == b"RESET":
                    time.sleep(0.02)
                    return reset(c)
                if word == b"SLOW":
                    time.sleep(0.5)
                if word == b"HOLD":
                    time.sleep(3)
                c.sendall(b"ANSWER to " + text)
        except OSError:
            pass
        finally:
            c.close()
    l = listen("10.2.0.2", 9000)
    while True:
        c, _ = l.accept()
        threading.Thread(target=talk, args=(c,), daemon=True).start()


def proxy():
    """Passes on between 8080 and the server; a request that begins with LIMIT is passed on, and its sender reset."""
    def serve(c):
        b = socket.create_connection(("10.2.0.2", 9000))
        other, open_ = {c: b, b: c}, {c, b}
        try:
            while open_:
                for s in select.select(list(open_), [], [])[0]:
                    text = s.recv(4096)
                    if not text:
                        open_.discard(s)
                        other[s].shutdown(socket.SHUT_WR)
                    else:
                        other[s].sendall(text)
                    if s is c and text.startswith(b"LIMIT"):
                        time.sleep(0.02)
                        reset(c)
                        time.sleep(0.1)
                        return b.close()
            c.close()
            b.close()
        except OSError:  # one of the two was reset, and so is the other
            time.sleep(0.003)
            for o in (c, b):
                try:
                    reset(o)
                except OSError:
                    pass
    l = listen("0.0.0.0", 8080)
    while True:
        c, _ = l.accept()
        threading.Thread(target=serve, args=(c,), daemon=True).start()


def ask(dst, text, then="close", wait=2):
    s = socket.create_connection(dst)
    s.settimeout(wait)
    try:
        s.sendall(text)
        if then == "reset":
            time.sleep(0.05)
            return reset(s)
        if then == "hold":
            time.sleep(wait)
            s.sendall(text)
        s.recv(4096)
        time.sleep(0.05)
    except OSError:
        pass
    s.close()


def token(n):
    return bytes("%040x" % (0x9E3779B97F4A7C15F39CC0605CEDC835 * (n + 1) % (1 << 160)), "ascii")


def proxy_client():
    box = ("10.2.0.1", 8080)
    ask(box, b"GET " + token(1))                    # passed on, closed in order
    ask(box, b"RESET " + token(2))                  # the server resets, the proxy follows
    ask(box, b"LIMIT " + token(3))                  # the proxy itself resets
    ask(box, b"HOLD " + token(4), "reset")          # the client resets, the proxy follows
    ask(("10.1.0.1", 8080), b"GET " + token(5))     # the proxy's two addresses differ
    twins = [threading.Thread(target=ask, args=(box, b"SLOW the same words from both of them")) for _ in range(2)]
    for t in twins: t.start()                       # twins: nothing tells which is whose
    for t in twins: t.join()
    time.sleep(0.3)


def own_business():
    """The box itself talks to the server, while it passes on others' words."""
    for n in range(3):
        ask(("10.2.0.2", 9000), b"GET own business " + token(100 + n))
        time.sleep(0.1)


def nat_client():
    far = ("10.2.0.2", 9000)
    ask(far, b"GET " + token(11))                   # translated, closed in order
    ask(far, b"RESET " + token(12))                 # the server's RST passes the box
    t = threading.Thread(target=ask, args=(far, b"GET " + token(13), "hold", 1))
    t.start()                                       # the box begins to reject what was open
    time.sleep(0.5)
    sh("ip netns exec legsB nft add rule ip t f iifname bc tcp dport 9000 ip saddr 10.1.0.2 reject with tcp reset")
    t.join()


def record(name, work):
    path = os.path.join(FOLDER, name)
    dump = subprocess.Popen(["ip", "netns", "exec", "legsB", "tcpdump", "-q", "-i", "any", "-s", "0", "-w", path + ".pcap", "tcp"], stderr=subprocess.DEVNULL)
    time.sleep(1)
    work()
    time.sleep(1)
    dump.terminate()
    dump.wait()
    sh(f"editcap -F pcapng {path}.pcap {path} && rm {path}.pcap")


def main():
    for ns in NS: sh(f"ip netns del {ns}", check=False)
    for ns in NS: sh(f"ip netns add {ns} && ip -n {ns} link set lo up")
    sh("ip link add ce netns legsC type veth peer name bc netns legsB && ip link add se netns legsS type veth peer name bs netns legsB")
    for ns, dev, addr in [("legsC", "ce", "10.1.0.2/24"), ("legsB", "bc", "10.1.0.1/24"), ("legsB", "bs", "10.2.0.1/24"), ("legsS", "se", "10.2.0.2/24")]:
        sh(f"ip -n {ns} addr add {addr} dev {dev} && ip -n {ns} link set {dev} up && ip netns exec {ns} ethtool -K {dev} tso off gso off gro off >/dev/null 2>&1 || true")
    sh("ip -n legsC route add default via 10.1.0.1 && ip -n legsS route add default via 10.2.0.1 && ip netns exec legsB sysctl -qw net.ipv4.ip_forward=1")
    procs = [inside("legsS", server), inside("legsB", proxy)]
    time.sleep(0.5)

    def proxied():
        own = inside("legsB", own_business)
        os.waitpid(inside("legsC", proxy_client), 0)
        os.waitpid(own, 0)
    record("legs-of-a-proxy.pcapng", proxied)

    sh("ip netns exec legsB nft 'add table ip t; add chain ip t n { type nat hook postrouting priority 100; }; "
       "add rule ip t n oifname bs ip saddr 10.1.0.0/24 masquerade; add chain ip t f { type filter hook forward priority 0; }'")
    record("legs-of-a-translator.pcapng", lambda: os.waitpid(inside("legsC", nat_client), 0))
    for p in procs: os.kill(p, 9)
    for ns in NS: sh(f"ip netns del {ns}", check=False)


main()
