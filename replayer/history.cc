#include "replayer/history.h"

#include <algorithm>
#include <string_view>

#include "core/check.h"

namespace redrive {
namespace {

// The document stays where it is: JsonNodes point at it.
std::unique_ptr<JsonText> ParseBody(std::string_view body) {
  if (body.empty()) return nullptr;
  Result<JsonText> parsed = JsonText::Parse(body);
  return parsed ? std::make_unique<JsonText>(std::move(*parsed)) : nullptr;
}

}  // namespace

struct History::Bodies {
  std::unique_ptr<JsonText> request;
  std::unique_ptr<JsonText> response;
  bool request_parsed = false;
  bool response_parsed = false;
};

History::History(const Trace& trace) : trace_(&trace) {
  REDRIVE_CHECK(trace.invokes.size() == trace.returns.size());
  operations_.reserve(trace.invokes.size());
  for (std::size_t i = 0; i < trace.invokes.size(); ++i) {
    REDRIVE_CHECK(trace.invokes[i].operation == i + 1);
    const auto& reply = trace.returns[i];
    operations_.push_back({.invoke = &trace.invokes[i], .reply = reply ? &*reply : nullptr});
  }
  bodies_.resize(operations_.size());
}

History::~History() = default;

const Operation& History::At(std::uint64_t operation) const {
  REDRIVE_CHECK(operation >= 1 && operation <= operations_.size());
  return operations_[operation - 1];
}

const JsonText* History::RequestJson(const Operation& operation) const {
  Bodies& bodies = bodies_[operation.id() - 1];
  if (!bodies.request_parsed) bodies.request = ParseBody(operation.invoke->request.body);
  bodies.request_parsed = true;
  return bodies.request.get();
}

const JsonText* History::ResponseJson(const Operation& operation) const {
  if (!operation.reply) return nullptr;
  Bodies& bodies = bodies_[operation.id() - 1];
  if (!bodies.response_parsed) bodies.response = ParseBody(operation.reply->response.body);
  bodies.response_parsed = true;
  return bodies.response.get();
}

std::span<const StepRecord* const> History::StepsOf(std::uint64_t operation) const {
  if (trace_->steps.empty() || operation == 0 || operation > operations_.size()) return {};
  if (steps_begin_.empty()) {
    for (const StepRecord& step : trace_->steps) {
      if (step.operation <= operations_.size()) steps_.push_back(&step);
    }
    std::stable_sort(steps_.begin(), steps_.end(), [](const StepRecord* a, const StepRecord* b) {
      return a->operation < b->operation;
    });
    std::size_t at = 0;
    for (std::uint64_t i = 0; i <= operations_.size() + 1; ++i) {
      while (at < steps_.size() && steps_[at]->operation < i) ++at;
      steps_begin_.push_back(at);
    }
  }
  return std::span(steps_).subspan(steps_begin_[operation],
                                   steps_begin_[operation + 1] - steps_begin_[operation]);
}

}  // namespace redrive
