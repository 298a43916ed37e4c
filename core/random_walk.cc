#include "core/rng.h"
#include "core/strategies.h"

namespace redrive {
namespace {

class Serial final : public Strategy {
 public:
  std::string name() const override { return "serial"; }
  bool BeginExecution(std::uint64_t execution) override { return execution == 0; }
  std::uint32_t PickTask(const TaskChoice&) override { return 0; }
  std::uint32_t PickDraw(Label, std::uint32_t) override { return 0; }
};

class RandomWalk final : public Strategy {
 public:
  explicit RandomWalk(std::uint64_t seed) : root_(Rng(seed).Split("random_walk")) {}
  std::string name() const override { return "random"; }
  bool BeginExecution(std::uint64_t execution) override {
    const Rng stream = root_.Split(execution);
    order_ = stream.Split("order");
    draws_ = stream.Split("draws");
    return true;
  }
  std::uint32_t PickTask(const TaskChoice& choice) override {
    return static_cast<std::uint32_t>(order_.Below(choice.bound()));
  }
  std::uint32_t PickDraw(Label, std::uint32_t bound) override {
    return static_cast<std::uint32_t>(draws_.Below(bound));
  }

 private:
  Rng root_;
  Rng order_{0};
  Rng draws_{0};
};

}  // namespace

std::unique_ptr<Strategy> MakeSerial() { return std::make_unique<Serial>(); }

std::unique_ptr<Strategy> MakeRandomWalk(std::uint64_t seed) {
  return std::make_unique<RandomWalk>(seed);
}

}  // namespace redrive
