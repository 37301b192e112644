"""The other sides that are libraries: RSA as openssl counts it, Argon2id by libargon2 and libsodium."""

import ctypes
import os
import subprocess
import time

import machine

MEMORY_KIB, ITERATIONS, LANES, HASH_BYTES = 19456, 2, 1, 32
PASSWORD = b"plum-Tractor-91-lemon"
SODIUM_ARGON2ID13 = 2


def rsa_2048(seconds):
    """Signatures and verifications a CPU second, as `openssl speed` says.

    Two at work where there are two cores: Signet is measured beside PostgreSQL and the load generator, and a core is
    slower beside a busy one.
    """
    workers = min(2, len(machine.cores()))
    command = ["openssl", "speed", "-mr", "-multi", str(workers), "-seconds", str(max(1, round(seconds))), "rsa2048"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    for line in done.stdout.splitlines():
        fields = line.split(":")
        if fields[0] == "+F2" and len(fields) >= 5 and fields[2] == "2048":
            return float(fields[3]) / workers, float(fields[4]) / workers
    raise RuntimeError("openssl speed has no line for rsa2048")


def libargon2():
    library = ctypes.CDLL("libargon2.so.1")
    size = ctypes.c_size_t
    library.argon2id_hash_raw.argtypes = [ctypes.c_uint32] * 3 + [ctypes.c_char_p, size] * 3
    digest = ctypes.create_string_buffer(HASH_BYTES)

    def once():
        code = library.argon2id_hash_raw(ITERATIONS, MEMORY_KIB, LANES, PASSWORD, len(PASSWORD), os.urandom(16), 16,
                                         ctypes.cast(digest, ctypes.c_char_p), HASH_BYTES)
        if code != 0:
            raise RuntimeError(f"libargon2 failed with {code}")
    return once


def libsodium():
    library = ctypes.CDLL("libsodium.so.23")
    if library.sodium_init() < 0:
        raise OSError("libsodium does not start")
    library.crypto_pwhash.argtypes = [ctypes.c_char_p, ctypes.c_ulonglong, ctypes.c_char_p, ctypes.c_ulonglong,
                                      ctypes.c_char_p, ctypes.c_ulonglong, ctypes.c_size_t, ctypes.c_int]
    digest = ctypes.create_string_buffer(HASH_BYTES)

    def once():
        code = library.crypto_pwhash(ctypes.cast(digest, ctypes.c_char_p), HASH_BYTES, PASSWORD, len(PASSWORD),
                                     os.urandom(16), ITERATIONS, MEMORY_KIB * 1024, SODIUM_ARGON2ID13)
        if code != 0:
            raise RuntimeError("libsodium failed")
    return once


def argon2_libraries():
    """Name and function of those that are installed, and why others are not here."""
    found, absent = {}, []
    for name, make in (("libargon2", libargon2), ("libsodium", libsodium)):
        try:
            found[name] = make()
        except OSError as error:
            absent.append(f"{name}: {error}")
    return found, absent


def hashes_per_cpu_second(once, seconds):
    once()  # the first one pays for the memory
    count, began = 0, time.thread_time()
    while time.thread_time() - began < seconds:
        once()
        count += 1
    return count / (time.thread_time() - began)
