// Random small programs for rapidcheck, with a fixed seed.
#ifndef REDRIVE_TESTS_CORE_RANDOM_PROGRAMS_H_
#define REDRIVE_TESTS_CORE_RANDOM_PROGRAMS_H_

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <functional>
#include <ostream>
#include <sstream>

#include "tests/core/small_program.h"

namespace redrive {

// So that a counterexample can be read: "0: r1 w1; 1: R* sleep2".
inline void showValue(const Program& program, std::ostream& out) {
  const auto show = [&](const std::vector<Body>& bodies, const char* name) {
    for (std::size_t i = 0; i < bodies.size(); ++i) {
      out << name << i << ":";
      for (const Op& op : bodies[i]) {
        constexpr const char* kNames[] = {"r", "w", "R*", "W*", "nop", "sleep", "start"};
        out << ' ' << kNames[static_cast<std::size_t>(op.kind)] << op.key;
      }
      out << "; ";
    }
  };
  show(program.tasks, "task ");
  show(program.helpers, "helper ");
  for (const std::uint64_t delay : program.delays) out << "delay " << delay << "; ";
}

struct Features {
  bool sleeps = false;
  bool starts = false;
  bool delays = false;
};

// Uniform in [first, end), whatever size rapidcheck is at: it narrows ranges at small sizes.
inline std::uint64_t Uniform(std::uint64_t first, std::uint64_t end) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::uint64_t>(first, end));
}

inline Op RandomOp(const Features& features) {
  const std::uint64_t keys = 3;
  switch (Uniform(0, features.sleeps ? 10 : 8)) {
    case 0:
    case 1:
    case 2:
      return {OpKind::kRead, Uniform(1, keys + 1)};
    case 3:
    case 4:
      return {OpKind::kWrite, Uniform(1, keys + 1)};
    case 5:
      return {OpKind::kReadAll};
    case 6:
      return {OpKind::kWriteAll};
    case 7:
      return {OpKind::kNothing};
    default:
      return {OpKind::kSleep, Uniform(0, 3)};
  }
}

// Two tasks of up to four steps, three of up to three, or four of up to two: at most 2,520 orders.
// Only one task starts a helper, once, so that ids mean the same in every schedule.
inline Program RandomProgram(const Features& features) {
  Program program;
  const std::uint64_t tasks = Uniform(2, features.starts ? 4 : 5);
  for (std::uint64_t t = 0; t < tasks; ++t) {
    Body body;
    const std::uint64_t length = Uniform(1, 7 - tasks);
    for (std::uint64_t i = 0; i < length; ++i) body.push_back(RandomOp(features));
    program.tasks.push_back(std::move(body));
  }
  if (features.starts) {
    Body& starter = program.tasks[Uniform(0, tasks)];
    starter[Uniform(0, starter.size())] = {OpKind::kStart, 0};
    Body helper;
    const std::uint64_t length = Uniform(1, 3);
    for (std::uint64_t i = 0; i < length; ++i) helper.push_back(RandomOp(features));
    program.helpers.push_back(std::move(helper));
  }
  if (features.delays) {
    for (std::uint64_t t = 0; t < tasks; ++t) program.delays.push_back(Uniform(0, 5));
  }
  return program;
}

// `property` for `cases` random inputs. A failure prints the input, and the seed is fixed: running
// the test again repeats it.
inline void ExpectHolds(int cases, const std::function<void()>& property) {
  rc::detail::TestMetadata metadata;
  rc::detail::TestParams params;
  params.seed = 20260105;
  params.maxSuccess = cases;
  const rc::detail::TestResult result = rc::detail::checkTestable(property, metadata, params);
  rc::detail::SuccessResult success;
  const bool held = result.match(success);
  std::ostringstream text;
  if (!held) rc::detail::printResultMessage(result, text);
  ASSERT_TRUE(held) << text.str();
  EXPECT_EQ(success.numSuccess, cases);
}

}  // namespace redrive

#endif  // REDRIVE_TESTS_CORE_RANDOM_PROGRAMS_H_
