#!/usr/bin/env python3
"""verify_journal.py DIRECTORY FIRST_KEY.pem: verifies a journal by journal.md, with Python 3 and the command openssl only."""
import base64, glob, hashlib, json, os, subprocess, sys, tempfile

sha, b64 = lambda data: hashlib.sha256(data).digest(), lambda text: base64.b64decode(text, validate=True)
def check(good, what):
    if not good: sys.exit("REFUSED: " + what)
def push(tree, leaf):                        # tree: (height, hash) of the largest full subtrees, from left to right
    while tree and tree[-1][0] == leaf[0]: leaf = (leaf[0] + 1, sha(b"\1" + tree.pop()[1] + leaf[1]))
    tree.append(leaf)
def root(tree):
    if not tree: return sha(b"")
    top = tree[-1][1]
    for _, left in reversed(tree[:-1]): top = sha(b"\1" + left + top)
    return top
def header(origin, tree, first):
    return ('{"journal":1,"origin":"%s","first":%d,"range":[%s]}\n' % (origin, first, ",".join('"%s"' % base64.b64encode(h).decode() for _, h in tree))).encode()
def signed(text, signature, size, what):     # the key of the first link that ends there or later; the last key after all links
    der, pem = next(((k, p) for last, k, p in keys if size <= last), keys[-1][1:])
    sig = b64(signature.split(b" ")[2])
    with open(scratch + "/text", "wb") as t, open(scratch + "/sig", "wb") as s: t.write(text); s.write(sig[4:])
    run = subprocess.run(["openssl", "dgst", "-sha256", "-verify", pem, "-signature", scratch + "/sig", scratch + "/text"], capture_output=True)
    check(sig[:4] == sha(der)[:4] and run.returncode == 0 and signature.split(b" ")[1] == text.split(b"\n")[0], what + " is not signed by the key of its place")
def add_key(der):
    pem = "%s/key%d" % (scratch, len(keys))
    with open(pem, "wb") as f: f.write(b"-----BEGIN PUBLIC KEY-----\n" + base64.encodebytes(der) + b"-----END PUBLIC KEY-----\n")
    keys.append((float("inf"), der, pem))

where, scratch, keys = sys.argv[1] if len(sys.argv) == 3 else sys.exit(__doc__), tempfile.mkdtemp(), []
add_key(b64("".join(line for line in open(sys.argv[2]).read().split("\n") if "-----" not in line)))
links = open(where + "/journal.keys", "rb").read().split(b"\n\n")[:-1] if os.path.exists(where + "/journal.keys") else []
for record, text, signature in zip(*[iter(links)] * 3):
    line, _, index, *path = record.split(b"\n")
    size, top = int(index.split(b" ")[1]) + 1, sha(b"\0" + line + b"\n")
    for left in path: top = sha(b"\1" + b64(left) + top)      # the last record has neighbours on its left only
    check(text.split(b"\n")[1:] == [b"%d" % size, base64.b64encode(top)] and json.loads(line)["kind"] == "KeyChanged", "journal.keys at record %d" % (size - 1))
    signed(text + b"\n", signature, size, "the key link of record %d" % (size - 1))
    keys[-1] = (size,) + keys[-1][1:]; add_key(b64(json.loads(line)["publicKey"]))
firsts, tree, size, proved, origin = sorted(int(os.path.basename(f)[:12]) for f in glob.glob(where + "/*.ndjson")), [], None, 0, None
for first, end in zip(firsts, firsts[1:] + [float("inf")]):
    with open("%s/%012d.ndjson" % (where, first), "rb") as lines, open("%s/%012d.checkpoint" % (where, first), "rb") as f: head, body, notes = lines.readline(), lines.readlines()[::-1], f.read().split(b"\n")
    if size is None: size, proved, origin, tree = first, first, json.loads(head)["origin"], list(zip([b for b in range(40, -1, -1) if first >> b & 1], map(b64, json.loads(head)["range"])))
    check(size == first and head == header(origin, tree, first), "the header of %012d.ndjson" % first)
    for name, count, top, _, signature in zip(*[iter(notes[:-1])] * 5):
        while size < min(int(count), end) and body: line = body.pop(); json.loads(line); push(tree, (0, sha(b"\0" + line))); size += 1
        if int(count) > end: break                           # what a later segment replaced
        check(size == int(count) and b64(top) == root(tree) and name.decode() == origin and size - proved <= 1024, "records %d to %d" % (proved, int(count) - 1))
        signed(b"\n".join([name, count, top, b""]), signature, size, "the checkpoint of %d records" % size); proved = size
    while size < end and body and body[-1].endswith(b"\n"): push(tree, (0, sha(b"\0" + body.pop()))); size += 1
print(("records %d to %d are authentic" % (firsts[0], proved - 1) if proved > firsts[0] else "no record is proved") + "; records behind the last checkpoint: %d" % (size - proved))
