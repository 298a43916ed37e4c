#include "recorder/nearest.h"

#include "core/nearest.h"

namespace redrive {

std::string DidYouMean(std::string_view word, const std::vector<std::string>& known) {
  const std::string nearest = NearestOf(word, known);
  return nearest.empty() ? "" : ", did you mean \"" + nearest + "\"?";
}

}  // namespace redrive
