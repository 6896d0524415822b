#!/usr/bin/env python3
"""Checks the audit log of a Doorward installation without any code of Doorward's: Python's standard library alone.

    verify_audit.py checkpoint KEY NOTE            the signature of a checkpoint
    verify_audit.py inclusion KEY NOTE PROOF       an entry (doorward audit prove SEQ --size N) under a checkpoint of N entries
    verify_audit.py consistency KEY OLD NEW PROOF  that the log of a newer checkpoint begins with that of an older one
    verify_audit.py export KEY NOTE ENTRIES        a whole export (doorward audit export) under a checkpoint
    verify_audit.py copy KEY COPY                  a customer's own copy of their entries

KEY is the line that `doorward audit key` prints; the others are files. Ends with 0 when everything holds, else with 1.
"""
import base64, hashlib, json, sys, uuid

P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


class NotVerified(Exception):
    pass


def need(holds, why):
    if not holds:
        raise NotVerified(why)


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


# Ed25519 after RFC 8032, 5.1.
def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(n, p):
    q = (0, 1, 1, 0)
    while n:
        if n & 1:
            q = add(q, p)
        p, n = add(p, p), n >> 1
    return q


def point(blob):
    y = int.from_bytes(blob, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    need(y < P and (x * x - x2) % P == 0 and not (x == 0 and sign), "no point of the curve")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def signed(public, text, signature):
    a, r, s = point(public), point(signature[:32]), int.from_bytes(signature[32:], "little")
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + text).digest(), "little") % L
    base = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
    left, right = times(s, base), add(r, times(h, a))
    return s < L and (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


def checkpoint(key, note):
    name, key_id, key = key.strip().split("+", 2)
    key = base64.b64decode(key)
    need(key[0] == 1 and sha(name.encode(), b"\n", key)[:4].hex() == key_id, "the key is damaged")
    text, lines = note.rsplit("\n\n", 1)
    text += "\n"
    origin, size, root = text.split("\n")[:3]
    need(origin == name, "the checkpoint is of another log")
    own = [base64.b64decode(line.split(" ")[2]) for line in lines.splitlines() if line.startswith(f"\u2014 {name} ")]
    need(any(one[:4].hex() == key_id and signed(key[1:], text.encode(), one[4:]) for one in own), "no signature holds")
    return int(size), base64.b64decode(root)


# RFC 6962, 2.1; verification after RFC 9162, 2.1.3.2 and 2.1.4.2.
def node(left, right):
    return sha(b"\1", left, right)


def included(leaf, index, size, path, root):
    fn, sn = index, size - 1
    for p in path:
        need(sn, "the path is too long")
        if fn & 1 or fn == sn:
            leaf = node(p, leaf)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            leaf = node(leaf, p)
        fn, sn = fn >> 1, sn >> 1
    need(index < size and sn == 0 and leaf == root, "the entry is not in the tree of the checkpoint")


def consistent(old, old_root, new, new_root, path):
    if old == new:
        need(not path and old_root == new_root, "two trees of one size")
        return
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    path = list(path) if fn else [old_root, *path]
    fr = sr = path.pop(0)
    for p in path:
        need(sn, "the path is too long")
        if fn & 1 or fn == sn:
            fr, sr = node(p, fr), node(p, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node(sr, p)
        fn, sn = fn >> 1, sn >> 1
    need(0 < old <= new and sn == 0 and fr == old_root and sr == new_root, "the newer log does not begin with the older")


def leaf_of(entry):
    """The hash of an entry, after its salt has bound what is of a person; what was erased says so of itself."""
    commitment, parts = bytes.fromhex(entry["commitment"]), ("salt", "account", "network", "sealed")
    if entry["salt"] is None:
        need(entry["erased_by"] and not any(entry[part] for part in parts), f"entry {entry['seq']} is half erased")
    else:
        salt, network = bytes.fromhex(entry["salt"]), (entry["network"] or "").encode()
        account = b"\1" + uuid.UUID(entry["account"]).bytes if entry["account"] else b"\0"
        bound = sha(salt, account, bytes([len(network)]), network, bytes.fromhex(entry["sealed"] or ""))
        need(bound == commitment, f"entry {entry['seq']} was changed")
    text = f"doorward audit 1\n{entry['seq']}\n{entry['at_us']}\n{entry['kind']}\n{entry['stated']}\n{commitment.hex()}\n"
    return sha(b"\0", text.encode())


def check_export(lines, size, root):
    peaks, erased, erasures, count = [], {}, {}, 0
    for count, line in enumerate(lines, 1):
        entry = json.loads(line)
        need(entry["leaf"] == count - 1, f"leaf {count - 1} is missing")
        if entry["erased_by"]:
            erased.setdefault(entry["erased_by"], []).append(entry["seq"])
        if entry["kind"] == "account-erased":
            erasures[entry["seq"]] = entry["stated"]
        peaks.append((1, leaf_of(entry)))
        while len(peaks) > 1 and peaks[-1][0] == peaks[-2][0]:
            (n, right), (_, left) = peaks.pop(), peaks.pop()
            peaks.append((2 * n, node(left, right)))
        if count == size:
            hashes = [peak for _, peak in peaks]
            top = hashes.pop()
            while hashes:
                top = node(hashes.pop(), top)
            need(top == root, "the export is not what the checkpoint was signed over")
    need(count >= size, f"the export has {count} entries, the checkpoint {size}")
    for by in erased.keys() | erasures.keys():
        seqs = sorted(erased.get(by, []))
        digest = sha(*(seq.to_bytes(8, "big") for seq in seqs)).hex()
        need(erasures.get(by) == f"entries {len(seqs)} sha256 {digest}", f"erasure {by} does not account for what is erased")


def main(what, key, *files):
    texts = [open(file, encoding="utf-8").read() for file in files]
    unhex = lambda hashes: [bytes.fromhex(one) for one in hashes]
    if what == "copy":
        copy = json.loads(texts[0])
        size, root = checkpoint(key, copy["checkpoint"])
        for one in copy["entries"]:
            if one["path"] is not None:
                included(leaf_of(one["entry"]), one["entry"]["leaf"], size, unhex(one["path"]), root)
    else:
        size, root = checkpoint(key, texts[0])
    if what == "inclusion":
        proof = json.loads(texts[1])
        included(leaf_of(proof["entry"]), proof["entry"]["leaf"], size, unhex(proof["path"]), root)
    elif what == "consistency":
        (new, new_root), proof = checkpoint(key, texts[1]), json.loads(texts[2])
        consistent(size, root, new, new_root, unhex(proof["path"]))
    elif what == "export":
        check_export(texts[1].splitlines(), size, root)
    print(f"verified: {what}, {size} entries")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (NotVerified, KeyError, ValueError, IndexError, TypeError, OSError) as why:
        sys.exit(f"not verified: {why}" if len(sys.argv) > 3 else __doc__)
