"""Counts words in four processes. Where does the time go, over all of them?

kernprof -l -v examples/pool.py
python -m lineprof --by process pool.py.lprof
"""

from collections import Counter
from multiprocessing import Pool

try:
    profile  # noqa: B018
except NameError:  # without kernprof

    def profile(function):
        return function


TEXT = "the quick brown fox jumps over the lazy dog and the cat " * 400


@profile
def count_words(chapter):
    counts = Counter()
    for token in TEXT.split():
        word = token.strip(".,").lower()
        counts[word, chapter % 3] += 1
    return counts


def main():
    total = Counter()
    with Pool(4) as pool:
        for counts in pool.imap_unordered(count_words, range(40)):
            total += counts
    print(f"{sum(total.values())} words, {len(total)} of them different")


if __name__ == "__main__":
    main()
