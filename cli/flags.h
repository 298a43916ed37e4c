// Flags: one command's command line. A thin face over CLI11, so that only flags.cc pays for it.
// Every pointer given to Add… must outlive Parse; a flag that is not given leaves its value alone.
#ifndef REDRIVE_CLI_FLAGS_H_
#define REDRIVE_CLI_FLAGS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/virtual_time.h"

namespace redrive {

class Flags {
 public:
  // `summary` is one line; `example` is a complete command shown at the end of --help.
  Flags(std::string command, std::string summary, std::string example);
  ~Flags();
  Flags(const Flags&) = delete;
  Flags& operator=(const Flags&) = delete;

  // `names` as "-u,--users"; a name without dashes is positional. `help` says the default.
  void AddSwitch(const std::string& names, bool* value, const std::string& help);
  void AddText(const std::string& names, std::string* value, const std::string& help,
               bool required = false);
  void AddList(const std::string& names, std::vector<std::string>* values, const std::string& help);
  void AddNumber(const std::string& names, std::uint64_t* value, const std::string& help,
                 std::uint64_t first = 0, std::uint64_t last = ~std::uint64_t{0});
  // A time span as Locust writes it: "20", "20s", "3m", "1h20m", "3h30m10s"; also "250ms".
  void AddDuration(const std::string& names, std::optional<VirtualTime>* value,
                   const std::string& help);
  // A positive decimal such as "5" or "0.5", kept as thousandths.
  void AddMilli(const std::string& names, std::uint64_t* value, const std::string& help);

  // How a flag that was added is spelled and used; for words that come from files or the
  // environment. `name` as "--users" or "-u"; empty when there is none of that name.
  enum class Kind : std::uint8_t { kSwitch, kValue, kList };
  struct Spelling {
    std::string long_name;  // "--users"
    Kind kind = Kind::kSwitch;
  };
  [[nodiscard]] std::optional<Spelling> Find(const std::string& name) const;
  [[nodiscard]] const std::vector<std::string>& long_names() const;

  // Flags of this group are left out of --help: kinds of flags that another page describes.
  void Hide(const std::string& name);

  // False: --help was asked for and printed. The error names the flag, what was expected and, for
  // an unknown flag, the nearest known one.
  [[nodiscard]] Result<bool> Parse(const std::vector<std::string>& arguments);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

[[nodiscard]] Result<VirtualTime> ParseDuration(const std::string& text);
[[nodiscard]] Result<std::uint64_t> ParseMilli(const std::string& text);

}  // namespace redrive

#endif  // REDRIVE_CLI_FLAGS_H_
