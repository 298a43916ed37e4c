// The nearest known word, for messages about a slip of the keyboard.
#ifndef REDRIVE_CORE_NEAREST_H_
#define REDRIVE_CORE_NEAREST_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace redrive {

// The insertions, deletions, replacements and swaps of two neighbours that lead from `a` to `b`, in
// bytes (Levenshtein's distance with swaps, no letter changed twice). Takes a.size() * b.size()
// steps: callers cap what comes from outside.
std::size_t EditDistance(std::string_view a, std::string_view b);

// The member of `known` with the smallest edit distance to `word`, if that is at most a third of
// the word's length (and at least 1): more is no slip of the keyboard. Otherwise "", as for words
// of more than 100 bytes. Of equals the first.
std::string NearestOf(std::string_view word, const std::vector<std::string>& known);

}  // namespace redrive

#endif  // REDRIVE_CORE_NEAREST_H_
