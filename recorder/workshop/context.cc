#include "recorder/workshop/context.h"

#include "recorder/workshop/workshop.h"

namespace redrive::workshop {

bool Context::Has(Bug bug) const { return options.bugs.Has(bug); }

std::string_view Context::Path(std::string_view name) const {
  for (const PathParameter& parameter : reading.parameters) {
    if (parameter.name == name) return parameter.value;
  }
  return {};
}

std::string_view Context::Query(std::string_view name, std::string_view otherwise) const {
  std::string_view found = otherwise;
  for (const auto& [key, value] : reading.query) {
    if (key == name) found = value;
  }
  return found;
}

}  // namespace redrive::workshop
