#include "core/nearest.h"

#include <algorithm>

namespace redrive {
namespace {

constexpr std::size_t kWordMax = 100;

}  // namespace

std::string NearestOf(std::string_view word, const std::vector<std::string>& known) {
  if (word.size() > kWordMax) return "";
  const std::string* nearest = nullptr;
  std::size_t best = std::max<std::size_t>(1, (word.size() + 1) / 3) + 1;
  for (const std::string& candidate : known) {
    const std::size_t distance = EditDistance(word, candidate);
    if (distance >= best) continue;
    best = distance;
    nearest = &candidate;
  }
  return nearest ? *nearest : "";
}

std::size_t EditDistance(std::string_view a, std::string_view b) {
  // Row i holds the distances of the first i letters of `a` to every beginning of `b`.
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before.swap(above);
    above.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, above[j] + 1, row[j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row[b.size()];
}

}  // namespace redrive
