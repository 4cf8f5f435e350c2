"""What a fit chooses by the size of its corpus, where the settings leave it open.

characters in train -> characters in a batch, epochs, whether the corpus counts as small
"""

# Between Resume (124,000), where more dropout is better by dev and a second layer no gain, and a tenth of MSRA
# (200,000), where less dropout and two layers are.
SMALL_CORPUS_CHARS = 160_000
# Read in a whole fit at least: 300 sentences of Resume need 30 epochs (dev 89.4 against 85.6 with 8).
FEWEST_CHARS = 600_000
MOST_EPOCHS = 30
# A smaller network learns longer: on Resume 20 epochs of the quick preset have dev 95.52, 12 have 95.14 (three seeds),
# on Weibo 36 have 69.46, 20 have 69.02.
QUICK_FEWEST_CHARS = 2_500_000
QUICK_MOST_EPOCHS = 36
# Read in a fit of the quick preset at most, where that is three epochs or more: six epochs of MSRA, whose dev F1 is
# 90.56, after four 90.35 (two seeds).
QUICK_CHARS = 12_000_000
# Of the full preset. On a tenth of MSRA (180,000) a network that three of its kind have taught has dev 82.9, they have
# 81.0; on the whole (2 million) it has what they have, and on Resume and Weibo, which are small, less. In between
# nothing was measured.
FULL_TEACHERS = 3
TAUGHT_MOST_CHARS = 1_000_000
# What a step of the CRF may hold, a float32 for each pair of tags and each character; 100 labels have full batches.
STEP_BYTES = 1 << 31


# On a GPU, which small batches keep waiting: an H200 steps through 386,000 characters/s with 12,800 in each. On a tenth
# of MSRA dev is 83.77 with four times the characters, 83.57 with the usual ones (means of two seeds).
GPU_BATCHES = 4


def is_small(chars: int) -> bool:
    """Return whether a corpus of so many characters needs a smaller network and more dropout.

    >>> is_small(124_000), is_small(200_000)
    (True, False)
    """
    return chars < SMALL_CORPUS_CHARS


def full_teachers(chars: int) -> int:
    """Return how many networks teach that of the full preset for a corpus of so many characters.

    >>> [full_teachers(chars) for chars in (124_000, 200_000, 2_000_000)]
    [0, 3, 0]
    """
    return 0 if is_small(chars) or chars > TAUGHT_MOST_CHARS else FULL_TEACHERS


def batch_chars(chars: int) -> int:
    """Return the characters of a batch for a corpus of so many: fewer for a small one, to give it enough steps.

    >>> [batch_chars(chars) for chars in (70_000, 400_000, 2_000_000)]
    [800, 2000, 3200]
    """
    return min(3200, max(800, chars // 200))


def most_batch_chars(tags: int) -> int:
    """Return the characters of a batch that a CRF of so many tags has the memory for.

    >>> [most_batch_chars(tags) for tags in (13, 401, 2001)]
    [3176750, 3338, 134]
    """
    return max(1, STEP_BYTES // (4 * tags * tags))


def epochs(chars: int, *, quick: bool = False) -> int:
    """Return the passes over so many characters: more where few steps make a pass.

    >>> [epochs(chars) for chars in (10_000, 30_000, 70_000, 1_000_000, 2_000_000)]
    [30, 20, 8, 12, 14]
    >>> [epochs(chars, quick=True) for chars in (10_000, 70_000, 124_000, 1_000_000, 2_000_000)]
    [36, 35, 20, 12, 6]
    """
    fewest, most = (QUICK_FEWEST_CHARS, QUICK_MOST_EPOCHS) if quick else (FEWEST_CHARS, MOST_EPOCHS)
    chosen = max(min(14, max(8, chars // 80_000)), min(most, fewest // max(chars, 1)))
    return min(chosen, max(3, QUICK_CHARS // max(chars, 1))) if quick else chosen
