// The memory of real processes and of their children.
#include "recorder/probe/process_probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vector>

namespace redrive {
namespace {

using testing::HasSubstr;

constexpr std::size_t kBlock = 64U << 20;

// A child that says when it is ready, and lives until this goes. It holds a block, and with
// `grandchild` a child of its own that holds one too.
class Child {
 public:
  explicit Child(bool grandchild = false) {
    int ready[2];
    EXPECT_EQ(pipe(ready), 0);
    pid_ = fork();
    if (pid_ == 0) Live(ready[1], grandchild);
    close(ready[1]);
    char byte = 0;
    for (int i = 0; i < (grandchild ? 2 : 1); ++i) EXPECT_EQ(read(ready[0], &byte, 1), 1);
    close(ready[0]);
  }
  ~Child() { End(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void End() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  [[nodiscard]] std::uint64_t pid() const { return static_cast<std::uint64_t>(pid_); }

 private:
  [[noreturn]] static void Live(int ready, bool grandchild) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (grandchild && fork() == 0) prctl(PR_SET_PDEATHSIG, SIGKILL);
    std::vector<char>* const block = new std::vector<char>(kBlock, 'x');
    (void)!write(ready, block->data(), 1);
    while (true) pause();
  }
  pid_t pid_ = -1;
};

TEST(ProcessProbeTest, SeesMemoryThatIsTouched) {
  auto probe = ProcessProbe::Open(static_cast<std::uint64_t>(getpid()));
  ASSERT_TRUE(probe.has_value()) << probe.error().message;
  ProbeReport report;
  ASSERT_TRUE((*probe)->Begin(&report).has_value());
  for (int i = 1; i <= 3; ++i) ASSERT_TRUE((*probe)->Sample(i, &report).has_value());
  const std::int64_t before = report.Find("server_memory")->max();
  const std::vector<char> block(kBlock, 'x');
  ASSERT_TRUE((*probe)->Sample(4, &report).has_value());
  const ProbeSeries& memory = *report.Find("server_memory");
  EXPECT_EQ(memory.samples(), 4U);
  EXPECT_GE(memory.max(), before + static_cast<std::int64_t>(kBlock / 2));
  EXPECT_LT(memory.Quantile(50'000), memory.max());  // one of four samples is no sustained use
}

TEST(ProcessProbeTest, AddsChildrenAndTheirChildren) {
  const Child child(true);
  auto probe = ProcessProbe::Open(child.pid());
  ASSERT_TRUE(probe.has_value());
  ProbeReport report;
  ASSERT_TRUE((*probe)->Begin(&report).has_value());
  ASSERT_TRUE((*probe)->Sample(1, &report).has_value());
  ASSERT_TRUE((*probe)->End(2, &report).has_value());
  EXPECT_EQ(report.Find("server_processes")->last().value, 2'000'000);
  EXPECT_GE(report.Find("server_memory")->last().value, static_cast<std::int64_t>(2 * kBlock));
  EXPECT_THAT(report.notes, testing::Contains(HasSubstr("and its children")));
}

TEST(ProcessProbeTest, AProcessThatEndsIsToldApart) {
  Child child;
  auto probe = ProcessProbe::Open(child.pid());
  ASSERT_TRUE(probe.has_value());
  ProbeReport report;
  ASSERT_TRUE((*probe)->Begin(&report).has_value());
  ASSERT_TRUE((*probe)->Sample(1, &report).has_value());
  EXPECT_FALSE(report.ended);
  const std::uint64_t pid = child.pid();
  child.End();
  EXPECT_TRUE((*probe)->Sample(2, &report).has_error());
  EXPECT_TRUE((*probe)->End(3, &report).has_error());
  EXPECT_TRUE(report.ended);
  EXPECT_EQ(report.Find("server_memory")->samples(), 1U);
  EXPECT_TRUE((*probe)->Begin(&report).has_error());
  const auto gone = ProcessProbe::Open(pid);
  ASSERT_TRUE(gone.has_error());
  EXPECT_THAT(gone.error().message, HasSubstr("No such file"));
}

}  // namespace
}  // namespace redrive
