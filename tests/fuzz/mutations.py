"""Mutations of several datagrams: of one's bytes or words, or of their order; what is around each stays whole.

Belongs here: changes that keep an input worth decoding. Does not belong here: what is done with it.
"""

import random
import struct
from collections.abc import Callable

import atheris

from tests.fuzz.seeds import framed, unframed

# Ids of sets, elements with a meaning, small counts and lengths.
WORDS = (0, 1, 2, 3, 4, 5, 8, 9, 10, 12, 16, 20, 27, 34, 48, 82, 152, 160, 256, 257, 300, 302, 315, 0x7FFF, 0xFFFF)
LARGEST_DATAGRAM = 0xFFFF
Mutator = Callable[[bytes, int, int], bytes]


def mutator(versions: tuple[bytes, ...]) -> Mutator:
    """What libFuzzer calls with an input, its largest length and a seed; datagrams keep one of these beginnings."""

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        chance, payloads = random.Random(seed), unframed(data)
        if not payloads:
            return framed([versions[0] + atheris.Mutate(data, len(data) + 64)])
        for _ in range(chance.choice((1, 1, 2, 4))):
            chance.choice(MUTATIONS)(payloads, chance.randrange(len(payloads)), chance)
        headed = [one if one.startswith(versions) else versions[0] + one[len(versions[0]) :] for one in payloads]
        return framed([one[:LARGEST_DATAGRAM] for one in headed])[:most]

    return mutate


def _bytes(payloads: list[bytes], place: int, chance: random.Random) -> None:
    payloads[place] = atheris.Mutate(payloads[place], len(payloads[place]) + 64)


def _word(payloads: list[bytes], place: int, chance: random.Random) -> None:
    """A number that may be an id, a length or a count is another one."""
    one = payloads[place]
    if len(one) < 4:
        return
    at, form = 2 * chance.randrange(len(one) // 2 - 1), chance.choice((">H", ">I"))
    size = struct.calcsize(form)
    value = chance.choice((*WORDS, len(one) - at, len(one), 2**31, 2**32 - 1)) % (1 << 8 * size)
    payloads[place] = one[:at] + struct.pack(form, value) + one[at + size :]


def _piece(payloads: list[bytes], place: int, chance: random.Random) -> None:
    """A piece of any datagram, in whole words, stands in this one: between its bytes or in place of some."""
    source, one = chance.choice(payloads), payloads[place]
    begin = 4 * chance.randrange(len(source) // 4 + 1)
    piece = source[begin : begin + 4 * chance.randrange(1, 40)]
    at = 4 * chance.randrange(len(one) // 4 + 1)
    payloads[place] = one[:at] + piece + one[at + chance.choice((0, len(piece))) :]


def _again(payloads: list[bytes], place: int, chance: random.Random) -> None:
    payloads.insert(chance.randrange(len(payloads) + 1), payloads[place])


def _without(payloads: list[bytes], place: int, chance: random.Random) -> None:
    if len(payloads) > 1:
        del payloads[place]


def _swapped(payloads: list[bytes], place: int, chance: random.Random) -> None:
    other = chance.randrange(len(payloads))
    payloads[place], payloads[other] = payloads[other], payloads[place]


MUTATIONS = (_bytes, _bytes, _word, _word, _word, _piece, _piece, _again, _without, _swapped)
