#include "recorder/trace_parts.h"

#include <algorithm>

#include "core/check.h"

namespace redrive {
namespace {

constexpr std::size_t kNameKept = 1024;

void Cut(std::string* text) { text->resize(std::min(text->size(), kNameKept)); }

}  // namespace

bool AddShortened(const InvokeRecord& record, RecordEncoder* encoder) {
  InvokeRecord rest = record;
  rest.request = Request{.method = "", .target = "", .headers = {}, .body = "[left out]"};
  Cut(&rest.user_class);
  Cut(&rest.action);
  Cut(&rest.name);
  REDRIVE_CHECK(encoder->Add(rest));
  return true;
}

bool AddShortened(const ReturnRecord& record, RecordEncoder* encoder) {
  ReturnRecord rest = record;
  Cut(&rest.message);
  Cut(&rest.failure);
  rest.response = Response{.status = record.response.status, .headers = {}, .body = "[left out]"};
  REDRIVE_CHECK(encoder->Add(rest));
  return true;
}

bool AddShortened(const StepRecord&, RecordEncoder*) { return true; }  // nobody counts steps
bool AddShortened(const TraceHeader&, RecordEncoder*) { return false; }
bool AddShortened(const Schedule&, RecordEncoder*) { return true; }
bool AddShortened(const EndRecord&, RecordEncoder*) { return true; }

std::vector<Schedule> PartsOf(const Schedule& schedule) {
  std::vector<Schedule> parts;
  for (std::size_t i = 0; i < schedule.size(); i += kDecisionsPerRecord) {
    const std::size_t size = std::min(kDecisionsPerRecord, schedule.size() - i);
    const auto first = schedule.begin() + static_cast<std::ptrdiff_t>(i);
    parts.emplace_back(first, first + static_cast<std::ptrdiff_t>(size));
  }
  return parts;
}

std::string LossText(const std::string& path, const std::string& reason, bool rest) {
  return path + ": cannot record: " + reason +
         (rest ? "; the run goes on, but from here on nothing is kept: its verdict can only be "
                 "inconclusive"
               : "; it is left out, so the verdict of this run can only be inconclusive");
}

}  // namespace redrive
